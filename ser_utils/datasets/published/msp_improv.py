"""MSP-IMPROV: North American English, 12 actors in pairs, improvised, read, spontaneous; rated.

Busso, Parthasarathy, Burmania, AbdelWahab, Sadoughi and Mower Provost, "MSP-IMPROV: An Acted Corpus
of Dyadic Interactions to Study Emotion Perception", IEEE Transactions on Affective Computing 8(1),
2017, pp. 67-80.
"""

from pathlib import Path

from ser_utils.datasets.label_files import NUMBER, Labels, labelled_corpus, match_lines
from ser_utils.datasets.layouts import codes
from ser_utils.labels import NO_EMOTION

# Labels are of videos, UTD-IMPROV-*.avi, whose audio is MSP-IMPROV-*.wav. A name tells sentence and
# intended emotion, speaker, scenario, and turn. The lines below a label are of single raters.
LABEL = (
    r"UTD-IMPROV-(?P<name>S(?P<sentence>\d\d)[AHNS]-(?P<speaker>[FM]\d\d)-(?P<scenario>[PRST])"
    r"-[FM]{2}\d+)\.avi\s*;\s*(?P<category>[A-Z])\s*"
    rf";\s*A:(?P<arousal>{NUMBER})\s*;\s*V:(?P<valence>{NUMBER})\s*;\s*D:(?P<dominance>{NUMBER})"
    r"\s*(?:;.*)?"
)

SCENARIOS = {
    "P": "natural",  # spontaneous, between the recordings
    "R": "read",
    "S": "improvised",
    "T": "target",  # the turn of an improvisation that says the given sentence
}


def read_labels(file: Path) -> Labels:
    """Read the evaluations of all turns."""
    labels, damaged = match_lines(file, begins="UTD-IMPROV-", label=LABEL)
    for label in labels:
        label["stem"] = f"MSP-IMPROV-{label.pop('name')}"
        label["gender"] = "female" if label["speaker"][0] in "Ff" else "male"
        label["scenario"] = SCENARIOS[label["scenario"].upper()]
        if label["scenario"] not in ("read", "target"):
            label["sentence"] = ""  # the wording is the speaker's own
    return labels, damaged


CORPUS = labelled_corpus(
    corpus="msp-improv",
    language="en",
    title="MSP-IMPROV: an Acted Corpus of Dyadic Interactions",
    source=(
        "ask for it as https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Improv.html "
        "says (for research, signed by your institution)"
    ),
    example="session1/S01A/P/MSP-IMPROV-S01A-F01-P-FM01.wav",
    folders=r"session\d+/\w+/[PRST]",
    files="Eval*tion.txt",  # the release spells it Evalution.txt, some copies Evaluation.txt
    read=read_labels,
    emotions=codes(anger="A", happiness="H", neutral="N", sadness="S")
    # Other emotions, and no agreement between the raters.
    | dict.fromkeys("OX", NO_EMOTION),
)
