"""Articles, approved programs and the fair-share rule."""
