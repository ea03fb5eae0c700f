"""report.html: one file that needs no network and no script, to be read and to be signed."""
