"""CaFE: Canadian French, 12 actors, acted.

Gournay, Lahaie and Lefebvre, "A Canadian French Emotional Speech Dataset", ACM Multimedia Systems
Conference 2018, pp. 399-402.
"""

from ser_utils.datasets.download.hosts import ZenodoFile
from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="cafe",
    language="fr",
    title="Canadian French Emotional Speech Dataset (CaFE)",
    source="download CaFE_48k.zip from https://zenodo.org/records/1478765",
    download=ZenodoFile(
        licence="CC BY-NC-SA 4.0 (https://creativecommons.org/licenses/by-nc-sa/4.0)",
        record="1478765",
        name="CaFE_48k.zip",
    ),
    example="Colère/Fort/01-C-2-1.wav",
    # The archive at 192 kHz holds the same utterances.
    folders=r"(CaFE_48k/)?([^/]+/(Faible|Fort)|Neutre)",
    # Actor, emotion, intensity (neutral has none), sentence. Folders only repeat the names, so that
    # it does not matter how their accents were unpacked.
    pattern=(
        r"(?P<speaker>0[1-9]|1[0-2])-(?P<emotion>[A-Z])(-(?P<intensity>[12]))?-(?P<sentence>[1-6])"
    ),
    # The initials of the French words: colère, dégoût, joie, neutre, peur, surprise, tristesse.
    emotions=codes(
        anger="C", disgust="D", happiness="J", neutral="N", fear="P", surprise="S", sadness="T"
    ),
    genders={f"{actor:02}": "male" if actor % 2 else "female" for actor in range(1, 13)},
    intensities=codes(weak="1", strong="2"),
)
