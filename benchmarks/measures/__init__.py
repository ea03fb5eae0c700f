"""What is measured of a pack, and how: one file a measure; figures out, nothing printed."""
