"""Which kernel runs a notebook: that of the Python that runs now."""

from jupyter_client.kernelspec import KernelSpecManager


class ThisPython(KernelSpecManager):
    """Knows the kernel of this Python only, whatever kernels Jupyter's path names."""

    def _kernel_dirs_default(self) -> list[str]:
        return []
