"""Lists as feeds for other programs: Atom, RSS, JSON Feed; of topics and searches also CSV."""
