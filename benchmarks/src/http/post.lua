-- The same POST over and over.
wrk.method = "POST"
