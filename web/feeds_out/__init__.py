"""Topics as feeds for other programs: Atom, RSS, JSON Feed, OPML of the sources, CSV."""
