"""Stand-ins for the outside world that speak its protocols over real sockets."""
