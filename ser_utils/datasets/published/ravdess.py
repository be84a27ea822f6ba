"""RAVDESS: North American English, 24 actors, acted; speech only.

Livingstone and Russo, "The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS)",
PLoS ONE 13(5), 2018, e0196391.
"""

from ser_utils.datasets.download.hosts import ZenodoFile
from ser_utils.datasets.layouts import codes, published_corpus

# In the order of their codes, 01 to 08.
_EMOTIONS = ("neutral", "calm", "happiness", "sadness", "anger", "fear", "disgust", "surprise")

CORPUS = published_corpus(
    corpus="ravdess",
    language="en",
    title="Ryerson Audio-Visual Database of Emotional Speech and Song (speech)",
    source=(
        "download Audio_Speech_Actors_01-24.zip (about 210 MB) from "
        "https://zenodo.org/records/1188976"
    ),
    download=ZenodoFile(
        licence="CC BY-NC-SA 4.0 (https://creativecommons.org/licenses/by-nc-sa/4.0)",
        record="1188976",
        name="Audio_Speech_Actors_01-24.zip",
    ),
    example="Actor_01/03-01-05-01-01-01-01.wav",
    folders=r"Actor_\d\d",
    # Modality 03 is audio only, vocal channel 01 is speech.
    pattern=(
        r"03-01-(?P<emotion>\d\d)-(?P<intensity>0[12])-(?P<sentence>0[12])"
        r"-(?P<take>0[12])-(?P<speaker>0[1-9]|1\d|2[0-4])"
    ),
    # The other modalities, and song (vocal channel 02).
    apart=r"(0[12]-0[12]|03-02)(-\d\d){5}",
    emotions={f"{code:02}": emotion for code, emotion in enumerate(_EMOTIONS, start=1)},
    genders={f"{actor:02}": "male" if actor % 2 else "female" for actor in range(1, 25)},
    intensities=codes(normal="01", strong="02"),
)
