"""The notebooks as files and as pages: executed, checked, and made into a site."""
