"""What embeddings hold: maps of them, and measures of language, emotion and speaker in them."""
