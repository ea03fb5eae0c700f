"""Numbered revisions; each is a thin file beside the SQL that does its work."""
