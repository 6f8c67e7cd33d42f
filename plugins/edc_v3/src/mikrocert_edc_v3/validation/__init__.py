"""Two ways to validate, one verdict: over the model, and over RDF with SHACL."""
