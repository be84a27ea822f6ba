"""ESD: Mandarin and English, 10 speakers each, acted; a corpus for each language.

Zhou, Sisman, Liu and Li, "Emotional Voice Conversion: Theory, Databases and ESD", Speech
Communication 137, 2022, pp. 1-18.
"""

from ser_utils.datasets.corpus import Corpus
from ser_utils.datasets.layouts import codes, published_corpus

# Speakers of each language, as a regular expression.
_MANDARIN = r"000[1-9]|0010"
_ENGLISH = r"001[1-9]|0020"


def _corpus(language: str, title: str, speakers: str, others: str, example: str) -> Corpus:
    """Describe the corpus of one language, in the folder of both."""
    return published_corpus(
        corpus=f"esd-{language}",
        language=language,
        title=f"Emotional Speech Dataset (ESD), {title}",
        source="ask for it as https://github.com/HLTSingapore/Emotional-Speech-Data says",
        folder="esd",
        example=example,
        # In one of the layouts, the folders of the emotions hold those of a split.
        pattern=(
            rf"(?P<speaker>{speakers})/(?P<emotion>[A-Za-z]+)(/evaluation|/test|/train)?"
            r"/(?P=speaker)_(?P<sentence>\d{6})"
        ),
        left_out=rf"({others})_\d{{6}}",
        emotions=codes(
            anger="Angry", happiness="Happy", neutral="Neutral", sadness="Sad", surprise="Surprise"
        ),
        genders=codes(
            female="0001 0002 0003 0007 0009 0015 0016 0017 0018 0019",
            male="0004 0005 0006 0008 0010 0011 0012 0013 0014 0020",
        ),
        # Utterances are numbered through the five emotions of a speaker, with the same 350
        # sentences in the same order in each.
        sentences={f"{number + 1:06}": f"{number % 350 + 1:03}" for number in range(5 * 350)},
    )


CORPORA = (
    _corpus("zh", "Mandarin", _MANDARIN, others=_ENGLISH, example="0001/Angry/0001_000351.wav"),
    _corpus("en", "English", _ENGLISH, others=_MANDARIN, example="0011/Angry/0011_000351.wav"),
)
