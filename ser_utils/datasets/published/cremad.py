"""CREMA-D: North American English, 91 actors, acted.

Cao, Cooper, Keutmann, Gur, Nenkova and Verma, "CREMA-D: Crowd-sourced Emotional Multimodal Actors
Dataset", IEEE Transactions on Affective Computing 5(4), 2014, pp. 377-390.
"""

from ser_utils.datasets.layouts import codes, published_corpus

# As in VideoDemographics.csv of the release, which most copies of the audio come without.
_WOMEN = frozenset(
    {
        *(1002, 1003, 1004, 1006, 1007, 1008, 1009, 1010, 1012, 1013, 1018, 1020, 1021, 1024, 1025),
        *(1028, 1029, 1030, 1037, 1043, 1046, 1047, 1049, 1052, 1053, 1054, 1055, 1056, 1058, 1060),
        *(1061, 1063, 1072, 1073, 1074, 1075, 1076, 1078, 1079, 1082, 1084, 1089, 1091),
    }
)

CORPUS = published_corpus(
    corpus="cremad",
    language="en",
    title="Crowd-sourced Emotional Multimodal Actors Dataset (CREMA-D)",
    source="clone https://github.com/CheyneyComputerScience/CREMA-D with git-lfs",
    put="put its folder AudioWAV (about 600 MB)",
    example="AudioWAV/1001_DFA_ANG_XX.wav",
    folders="AudioWAV",
    # Silent or empty, without duration, and a minute of every emotion (issue 8 of its repository).
    known_bad=("1076_MTI_SAD_XX", "1076_MTI_NEU_XX", "1064_TIE_SAD_XX", "1064_IEO_DIS_MD"),
    # Actor, sentence, emotion, intensity (in one file with a single X).
    pattern=(
        r"(?P<speaker>10(0[1-9]|[1-8]\d|9[01]))_(?P<sentence>[A-Z]{3})_(?P<emotion>[A-Z]{3})"
        r"_(?P<intensity>LO|MD|HI|XX?)"
    ),
    # The same clips, compressed.
    left_out="AudioMP3/[^/]+",
    emotions=codes(
        anger="ANG", disgust="DIS", fear="FEA", happiness="HAP", neutral="NEU", sadness="SAD"
    ),
    genders={str(actor): "female" if actor in _WOMEN else "male" for actor in range(1001, 1092)},
    # XX is unspecified.
    intensities=codes(weak="LO", normal="MD", strong="HI"),
)
