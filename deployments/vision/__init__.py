"""Arrays in, arrays out: photos become faces, quality and unit vectors. No Ray, no SQL, no HTTP."""
