"""Pictures of a calibration: SVG without a script, styled by the page that they stand in."""
