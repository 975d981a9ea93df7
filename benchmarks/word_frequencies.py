"""Frequencies of the words of news languages, from the package wordfreq.

Run by the Python of a virtual environment of its own, never imported:

    python word_frequencies.py ar fr en

prints one JSON object: for each language its words and their shares of all tokens, the most
frequent first. Only words of letters: numbers are made up by whoever writes with them.
"""

import json
import sys

import wordfreq  # type: ignore[import-not-found,unused-ignore]  # in its own venv only

# Words rarer than this are spelling mistakes and names as often as words.
MIN_SHARE = 1e-8


def main() -> None:
    """Print the frequencies of the languages in the arguments."""
    print(json.dumps({language: frequencies(language) for language in sys.argv[1:]}))


def frequencies(language: str) -> dict[str, list[object]]:
    """`{"words": […], "shares": […]}` of one language."""
    known = wordfreq.get_frequency_dict(language, wordlist="large")
    chosen = [(word, share) for word, share in known.items() if share >= MIN_SHARE]
    ordered = sorted((pair for pair in chosen if pair[0].isalpha()), key=lambda pair: -pair[1])
    return {"words": [word for word, _ in ordered], "shares": [share for _, share in ordered]}


if __name__ == "__main__":
    main()
