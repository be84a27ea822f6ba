"""EMOVO: Italian, 6 actors, acted.

Costantini, Iaderola, Paoloni and Todisco, "EMOVO Corpus: an Italian Emotional Speech Database",
LREC 2014, pp. 3501-3504.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="emovo",
    language="it",
    title="EMOVO: an Italian Emotional Speech Database",
    source=(
        "download it (about 330 MB) from http://voice.fub.it/activities/corpora/emovo/index.html"
    ),
    example="f1/rab-f1-b1.wav",
    folders="[fm][123]",
    pattern=r"(?P<emotion>[a-z]{3})-(?P<speaker>[fm][123])-(?P<sentence>[a-z]\d)",
    # disgusto, gioia, neutro, paura, rabbia, sorpresa, tristezza
    emotions=codes(
        disgust="dis",
        happiness="gio",
        neutral="neu",
        fear="pau",
        anger="rab",
        surprise="sor",
        sadness="tri",
    ),
    genders=codes(female="f1 f2 f3", male="m1 m2 m3"),
)
