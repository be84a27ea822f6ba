"""EMO-DB: German, 10 actors, acted.

Burkhardt, Paeschke, Rolfes, Sendlmeier and Weiss, "A Database of German Emotional Speech",
Interspeech 2005, pp. 1517-1520.
"""

from ser_utils.datasets.download.hosts import ZenodoFile
from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="emodb",
    language="de",
    title="Berlin Database of Emotional Speech (EMO-DB)",
    source="download http://emodb.bilderbar.info/download/download.zip (less than 50 MB)",
    download=ZenodoFile(
        licence="CC BY 4.0 (https://creativecommons.org/licenses/by/4.0)",
        record="7447302",
        name="emodb.zip",
    ),
    example="wav/03a01Wa.wav",
    # Release 2.0 of audb has laryngograms beside it, in laryngo.
    folders="wav",
    # Speaker, text, emotion, version.
    pattern=r"(?P<speaker>03|08|09|1[0-6])(?P<sentence>[ab]\d\d)(?P<emotion>[A-Z])(?P<take>[a-z]?)",
    # The initials of the German words: Wut, Langeweile, Ekel, Angst, Freude, Trauer.
    emotions=codes(
        anger="W", boredom="L", disgust="E", fear="A", happiness="F", sadness="T", neutral="N"
    ),
    genders=codes(male="03 10 11 12 15", female="08 09 13 14 16"),
)
