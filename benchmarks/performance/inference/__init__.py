"""What a photo takes, stage by stage, on each engine; threads, batches; and stock beside it."""
