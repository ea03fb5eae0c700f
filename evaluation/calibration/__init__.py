"""From people's photos to thresholds with a stated error, in the terms of ISO/IEC 19795-1."""
