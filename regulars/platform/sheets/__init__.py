"""Files of rows as shops and offices send them: read in bounded memory, and what was rejected of them."""
