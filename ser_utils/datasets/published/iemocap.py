"""IEMOCAP: North American English, 10 actors in pairs, improvised and scripted dialogues, rated.

Busso, Bulut, Lee, Kazemzadeh, Mower, Kim, Chang, Lee and Narayanan, "IEMOCAP: Interactive Emotional
Dyadic Motion Capture Database", Language Resources and Evaluation 42(4), 2008, pp. 335-359.
"""

from pathlib import Path

from ser_utils.datasets.label_files import NUMBER, Labels, labelled_corpus, match_lines
from ser_utils.datasets.layouts import codes
from ser_utils.labels import NO_EMOTION

# [START - END] TURN CATEGORY [VALENCE, ACTIVATION, DOMINANCE], separated by tabs. In a turn such as
# Ses01F_impro01_M000, the first letter tells who wears the motion capture markers, the last one who
# speaks.
LABEL = (
    r"\[[^]]*\]\s+"
    r"(?P<stem>Ses(?P<session>0[1-5])[FM]_(?P<sentence>(?P<scenario>impro|script)\w+)"
    r"_(?P<gender>[FM])\w{3})\s+(?P<category>\w+)\s+"
    rf"\[(?P<valence>{NUMBER}),\s*(?P<arousal>{NUMBER}),\s*(?P<dominance>{NUMBER})\]"
)


def read_labels(file: Path) -> Labels:
    """Read the evaluations of one dialogue."""
    labels, damaged = match_lines(file, begins="[", label=LABEL)
    for label in labels:
        label["speaker"] = label.pop("session") + label["gender"]
        label["gender"] = {"F": "female", "M": "male"}[label["gender"].upper()]
        label["scenario"] = {"impro": "improvised", "script": "scripted"}[label["scenario"].lower()]
    return labels, damaged


CORPUS = labelled_corpus(
    corpus="iemocap",
    language="en",
    title="Interactive Emotional Dyadic Motion Capture Database (IEMOCAP)",
    source=(
        "ask for it by the release form of https://sail.usc.edu/iemocap/iemocap_release.htm (for "
        "research)"
    ),
    example="Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav",
    folders=r"Session[1-5]/sentences/wav/\w+",
    files="Session?/dialog/EmoEvaluation/*.txt",
    read=read_labels,
    # Excitement is merged with happiness, as in most work on four emotions of IEMOCAP. The column
    # `category` still tells them apart.
    emotions=codes(
        anger="ang",
        disgust="dis",
        fear="fea",
        happiness="hap exc",
        neutral="neu",
        sadness="sad",
        surprise="sur",
    )
    # Frustration and other emotions, and (xxx) no agreement between the raters.
    | dict.fromkeys(("fru", "oth", "xxx"), NO_EMOTION),
    # Whole dialogues, in Session?/dialog/wav.
    left_out=r"Ses0[1-5][FM]_(impro|script)\d\d(_\d\w?)?",
)
