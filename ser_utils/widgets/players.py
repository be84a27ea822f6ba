"""Recordings to listen to."""

from collections.abc import Mapping

import numpy as np

from ser_utils import audio


def players(signals: Mapping[str, np.ndarray]):
    """Audio players side by side, one per signal, as HTML.

    The recordings are part of the output, so that they can be heard without a server. The stored
    notebooks leave them out: run the cell to listen.

    Parameters
    ----------
    signals : mapping of str to np.ndarray, shape (n_samples,)
        Samples at 16 kHz by title.
    """
    from IPython.display import HTML, Audio

    cells = "".join(
        f"<div><div>{title}</div>{Audio(samples, rate=audio.SAMPLING_RATE)._repr_html_()}</div>"
        for title, samples in signals.items()
    )
    return HTML(f"<div style='display:flex;flex-wrap:wrap;gap:1.5em'>{cells}</div>")
