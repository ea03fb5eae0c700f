"""What is measured: packs, photos, the pipeline as it is shipped, and its rival."""
