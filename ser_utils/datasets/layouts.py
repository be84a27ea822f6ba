"""Corpora whose labels are in the names of their files and folders, as those of acted ones are.

Such a corpus is a `Layout`: a regular expression and what its codes mean. It is matched against the
end of a path, so that a tree may be nested in the folders that archives unpack to.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import pandas as pd

from ser_utils import audio
from ser_utils.datasets import copies
from ser_utils.datasets.audio_files import CONVERTIBLE, find_audio, is_no_speech, no_audio
from ser_utils.datasets.corpus import COLUMNS, Corpus
from ser_utils.datasets.download.hosts import Download
from ser_utils.datasets.names import composed, folded, name_below, translator
from ser_utils.datasets.table import listed, warn_left_out, warn_of_copy
from ser_utils.errors import AudioError, CorpusError
from ser_utils.files import data_folder
from ser_utils.labels import NO_EMOTION, TASKS


@dataclass(frozen=True, kw_only=True)
class Release:
    """What an official release looks like; names are compared without case, in one Unicode form."""

    corpus: str  # its name
    language: str  # ISO 639-1 code
    example: str  # a file of it, for messages
    #: From its code or word for an emotion to that emotion, or to `labels.NO_EMOTION`.
    emotions: Mapping[str, str] = field(default_factory=dict)
    #: Regular expression of names without suffix, of files that belong to it but not to the table.
    #: In a `Layout`, they may be preceded by folders.
    left_out: str | None = None
    #: Regular expression of the folders above its files, which go before others where files of one
    #: name differ.
    folders: str | None = None


@dataclass(frozen=True, kw_only=True)
class Layout(Release):
    """How the names of a corpus encode its utterances."""

    #: Regular expression of the name of a file without its suffix, preceded by those folders, each
    #: with its `/`, that tell something. Its groups are `speaker`, `emotion` or the ratings
    #: `arousal` and `valence`, and, where names tell them, `sentence`, `intensity`, `gender`, and
    #: `take`, which is whatever else tells utterances apart: files whose groups are all equal are
    #: copies of one utterance.
    pattern: str
    #: Gender code, or speaker code where there is no group `gender`, to "female" or "male".
    genders: Mapping[str, str] = field(default_factory=dict)
    #: Sentence code to sentence, where one sentence has several codes.
    sentences: Mapping[str, str] = field(default_factory=dict)
    #: Intensity code to "weak", "normal" or "strong".
    intensities: Mapping[str, str] = field(default_factory=dict)
    #: As `left_out`, of files that the release has apart: a warning tells of copies with them.
    apart: str | None = None
    #: Names without suffix of files that are known to be damaged, and left out if they are.
    known_bad: tuple[str, ...] = ()


def codes(own: str = "", **words: str) -> dict[str, str]:
    """Map codes, separated by spaces after each word, to it, and words that are their `own` codes.

    Examples
    --------
    >>> codes("fear", anger="W", happiness="F f")
    {'fear': 'fear', 'W': 'anger', 'F': 'happiness', 'f': 'happiness'}
    """
    same = {word: word for word in own.split()}
    return same | {code: word for word, given in words.items() for code in given.split()}


def published_corpus(
    *,
    title: str,
    source: str,
    put: str = "unpack it",
    download: Download | None = None,
    folder: str | None = None,
    kind: type[Release] = Layout,
    parse: Callable[..., pd.DataFrame] | None = None,
    **fields,
) -> Corpus:
    """Describe a corpus by the `fields` of its layout.

    Readers without it have to do what `source` says, and to `put` it into the folder of `SER_DATA`
    that has its name, unless `folder` is another. `parse` takes that folder and the layout; by
    default it is `read`.
    """
    layout = kind(**fields)
    folder = folder or layout.corpus
    return Corpus(
        name=layout.corpus,
        title=title,
        language=layout.language,
        how_to_get=f"{source} and {put} into the folder {folder}",
        parse=partial(parse or read, layout=layout),
        locate=lambda: data_folder() / folder,
        download=download,
    )


def read(folder: Path, layout: Layout) -> pd.DataFrame:
    """Tabulate the utterances in `folder` by `COLUMNS`, sorted by the codes in their names.

    An emotion code that the layout does not know is kept as it is, for `table.check` to find. A
    gender, sentence or intensity that no name tells is empty. Stray audio and second copies of an
    utterance are left out with a warning. A `CorpusError` says that `folder` holds no audio, or
    none of this layout, or cannot be listed.
    """
    folder = folder.absolute()
    files = list(find_audio(folder))
    if not files:
        raise no_audio(layout.corpus, folder, layout.example)
    found, strays, no_speech = _decoded(files, folder, layout)
    if not found:
        raise CorpusError(
            f"{layout.corpus}: no audio file in {folder} is named as in the official release, "
            f"such as {layout.example}; found {listed(files)}"
        )
    recordings, versions = copies.sort_out(layout.corpus, found, layout.folders)
    left_out = {
        f"audio that is not named as in the official release, such as {layout.example}": strays,
        "audio of folders that hold laryngograms, which are no speech": no_speech,
        "what the release has apart, such as songs and videos": _apart(files, folder, layout),
        "audio that the release is known to hold damaged": _damaged(recordings, layout),
    }
    warn_left_out(layout.corpus, left_out | versions)
    warn_of_copy(layout.corpus, copies.differences(found, recordings, layout.folders))
    emotion, sentence = (cache(translator(of)) for of in (layout.emotions, layout.sentences))
    named = [(dict(codes), file) for codes, file in sorted(recordings.items())]
    rows = [
        (
            str(file),
            layout.corpus,
            layout.language,
            f"{layout.corpus}-{code['speaker']}",
            layout.genders.get(code.get("gender", code["speaker"]), ""),
            emotion(code.get("emotion", NO_EMOTION)),
            sentence(code.get("sentence", "")),
            layout.intensities.get(code.get("intensity"), ""),
        )
        for code, file in named
    ]
    rated = [of for of in TASKS if of in re.compile(layout.pattern).groupindex]
    ratings = {of: [float(code[of]) for code, _ in named] for of in rated}
    return pd.DataFrame(rows, columns=list(COLUMNS)).assign(**ratings)


#: The values of the groups of a pattern, by name.
_Codes = tuple[tuple[str, str], ...]


def _apart(files: list[Path], folder: Path, layout: Layout) -> list[Path]:
    """Find what the release has apart, among audio and videos."""
    if not layout.apart:
        return []
    names = re.compile(composed(layout.apart), re.IGNORECASE)
    every = (*files, *find_audio(folder, CONVERTIBLE))
    return [file for file in every if _match(names, name_below(folder, file))]


def _decoded(
    files: list[Path], folder: Path, layout: Layout
) -> tuple[dict[_Codes, list[copies.Found]], list[Path], list[Path]]:
    """Find the files of each utterance, by its codes, other audio, and what is no speech."""
    # As it is spelled first: a layout may tell codes apart by their case.
    patterns = [re.compile(composed(layout.pattern), flags) for flags in (0, re.IGNORECASE)]
    known = filter(None, (layout.left_out, layout.apart))
    left_out = [re.compile(composed(names), re.IGNORECASE) for names in known]
    spell = _speller(layout, patterns[0])
    found, strays, no_speech = {}, [], []
    for file in files:
        name = name_below(folder, file)
        if any(_match(names, name) for names in left_out):
            continue
        if is_no_speech(name):
            no_speech.append(file)
        elif match := _match(patterns[0], name) or _match(patterns[1], name):
            found.setdefault(spell(match), []).append((file, name[: match.start()]))
        else:
            strays.append(file)
    return found, strays, no_speech


def _match(pattern: re.Pattern, name: str) -> re.Match | None:
    """Match the end of a path, from the start of a file's or a folder's name."""
    starts = [0, *(slash.end() for slash in re.finditer("/", name))]
    return next(filter(None, (pattern.fullmatch(name, start) for start in starts[::-1])), None)


def _speller(layout: Layout, pattern: re.Pattern) -> Callable[[re.Match], _Codes]:
    """Return a function that spells the codes of a name as the layout or its example does."""
    own = _match(pattern, composed(layout.example.rpartition(".")[0]))
    example = own.groupdict("") if own else {}
    words = {
        "emotion": layout.emotions,
        "gender": layout.genders,
        "speaker": {} if "gender" in pattern.groupindex else layout.genders,
        "sentence": layout.sentences,
        "intensity": layout.intensities,
    }
    known = {group: translator({word: word for word in words[group]}) for group in words}
    first: dict[tuple[str, str], str] = {}

    @cache
    def spelled(group: str, value: str, exact: bool) -> str:
        value = known.get(group, str)(value)
        if value in words.get(group, ()):
            return value
        if not exact:
            case = example.get(group, "")
            value = value.lower() if case.islower() else value.upper() if case.isupper() else value
        return first.setdefault((group, folded(value)), value)

    def spell(match: re.Match) -> _Codes:
        exact = match.re is pattern
        return tuple((g, spelled(g, value, exact)) for g, value in match.groupdict("").items())

    return spell


def _damaged(recordings: dict[_Codes, Path], layout: Layout) -> list[str]:
    """Take the files out that are known to be damaged, and are; return them and what is wrong."""
    known, damaged = {folded(name) for name in layout.known_bad}, []
    for key, file in list(recordings.items()) if known else ():
        if folded(file.stem) in known:
            try:
                audio.read(file)
            except AudioError as error:
                damaged.append(str(error))
                del recordings[key]
    return damaged
