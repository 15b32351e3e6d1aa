"""Writes reference.json beside this file: front ends of sound in f64, by np.fft, apart from how the compiler makes them.

Run with Debian's python3-numpy and python3-torch: python3 test/frontend/preparation/audio/golden/reference.py
torch.stft checks the spectra.
"""

import json
import pathlib

import numpy as np
import torch

TORCH_WINDOWS = {
    "hann": torch.hann_window,
    "hamming": torch.hamming_window,
    "blackman": torch.blackman_window,
    "rectangular": lambda n, periodic, dtype: torch.ones(n, dtype=dtype),
}


def sound(length, seed):
    """int16: tones that swell, silence, and noise."""
    draw = np.random.default_rng(seed)
    t = np.arange(length) / 16000
    tones = sum(a * np.sin(2 * np.pi * f * t + f) for a, f in ((0.4, 220), (0.2, 1760), (0.05, 3300)))
    swell = np.clip(np.linspace(-0.3, 1, length), 0, 1)
    noise = draw.normal(0, 0.01, length)
    return np.round(np.clip(tones * swell + noise, -1, 1) * 32000).astype(int)


def spectrum(x, n_fft, win_length, hop, window, padding, power):
    """[bins, frames]"""
    taps = {
        "hann": lambda i: 0.5 - 0.5 * np.cos(i),
        "hamming": lambda i: 0.54 - 0.46 * np.cos(i),
        "blackman": lambda i: 0.42 - 0.5 * np.cos(i) + 0.08 * np.cos(2 * i),
        "rectangular": lambda i: np.ones_like(i),
    }[window](2 * np.pi * np.arange(win_length) / win_length)
    whole = np.zeros(n_fft)
    left = (n_fft - win_length) // 2
    whole[left : left + win_length] = taps
    if padding != "none":
        x = np.pad(x, n_fft // 2, mode=padding)
    count = (len(x) - n_fft) // hop + 1
    frames = np.stack([x[i * hop : i * hop + n_fft] for i in range(count)])
    result = np.abs(np.fft.rfft(frames * whole, axis=1)).T
    torch_window = TORCH_WINDOWS[window](win_length, periodic=True, dtype=torch.float64)
    other = torch.stft(
        torch.from_numpy(x), n_fft, hop, win_length, torch_window, center=False, return_complex=True
    )
    assert np.allclose(result, other.abs().numpy(), rtol=0, atol=1e-9 * result.max())
    return result**power


def htk(f):
    return 2595 * np.log10(1 + f / 700)


def slaney(f):
    return np.where(f < 1000, f * 3 / 200, 15 + 27 * np.log(np.maximum(f, 1) / 1000) / np.log(6.4))


def edges(scale, low, high, count):
    """Points that are equally far apart on a scale, by bisection: no inverse is written down."""
    wanted = np.linspace(scale(np.float64(low)), scale(np.float64(high)), count)
    below, above = np.zeros(count), np.full(count, 1e5)
    for _ in range(200):
        middle = (below + above) / 2
        beyond = scale(middle) > wanted
        below, above = np.where(beyond, below, middle), np.where(beyond, middle, above)
    return (below + above) / 2


def bands(mels, n_fft, rate, low, high, scale, norm):
    """[mels, bins]"""
    points = edges({"htk": htk, "slaney": slaney}[scale], low, high, mels + 2)
    frequencies = np.fft.rfftfreq(n_fft, 1 / rate)
    rows = []
    for a, b, c in zip(points, points[1:], points[2:]):
        row = np.interp(frequencies, [a, b, c], [0, 1, 0], left=0, right=0)
        rows.append(row * 2 / (c - a) if norm == "slaney" else row)
    return np.stack(rows)


def case(name, length, options, full=1.0, n_fft=400, win_length=None, hop=200, window="hann",
         padding="reflect", drop_last=False, power=2, mels=None, low=0, high=8000, scale="htk",
         norm="none", log=None, floor=1e-10, offset=0, dynamic=None, last=lambda y: y,
         frames_first=False):
    samples = sound(length, len(name))
    x = samples / 32768 * full
    linear = spectrum(x, n_fft, win_length or n_fft, hop, window, padding, power)
    if drop_last:
        linear = linear[:, :-1]
    peak = linear.max()
    if mels is not None:
        linear = bands(mels, n_fft, 16000, low, high, scale, norm) @ linear
    y = linear
    if log is not None:
        factor = {"natural": 1, "log10": 1 / np.log(10), "db": (10 if power == 2 else 20) / np.log(10)}[log]
        y = factor * np.log(np.maximum(y + offset, floor))
        if dynamic is not None:
            y = np.maximum(y, y.max() - dynamic)
    y = last(y)
    turn = (lambda a: a.T) if frames_first else (lambda a: a)
    return {
        "name": name,
        "options": options,
        "samples": samples.tolist(),
        "dims": list(turn(y).shape),
        "peak": float(peak),
        "linear": [float("%.9g" % one) for one in turn(linear).flatten()],
        "values": [float("%.9g" % one) for one in turn(y).flatten()],
    }


WHISPER = dict(hop=160, drop_last=True, scale="slaney", norm="slaney", log="log10", dynamic=8,
               last=lambda y: (y + 4) / 4)

result = {
    "versions": {"numpy": np.__version__, "torch": torch.__version__},
    "cases": [
        case("whisper", 1120, {"preset": "whisper"}, mels=80, **WHISPER),
        case("whisper of large-v3", 480, {"preset": "whisper", "mels": 128}, mels=128, **WHISPER),
        case("openWakeWord", 1312, {"preset": "openWakeWord"}, full=32768, n_fft=512, win_length=400,
             hop=160, padding="none", mels=32, low=60, high=3800, scale="slaney", norm="slaney",
             log="db", dynamic=80, last=lambda y: y / 10 + 2, frames_first=True),
        case("torchaudio's defaults", 900, {"mels": 40}, mels=40),
        case("magnitudes in dB", 700,
             {"fftSize": 512, "winLength": 300, "hopLength": 100, "window": "hamming",
              "padding": "constant", "power": 1, "mels": 20, "log": "db", "floor": 1e-5,
              "fMin": 100, "fMax": 7000, "layout": "frames-mels"},
             n_fft=512, win_length=300, hop=100, window="hamming", padding="constant", power=1,
             mels=20, low=100, high=7000, log="db", floor=1e-5, frames_first=True),
        case("an odd transform without bands", 400,
             {"fftSize": 63, "winLength": 50, "hopLength": 31, "window": "blackman",
              "padding": "none", "log": "natural", "offset": 0.001, "dynamicRange": 4},
             n_fft=63, win_length=50, hop=31, window="blackman", padding="none", log="natural",
             offset=0.001, dynamic=4),
        case("no window", 300, {"fftSize": 64, "window": "rectangular", "scale": 2, "shift": -3},
             n_fft=64, hop=32, window="rectangular", last=lambda y: y * 2 - 3),
    ],
}
path = pathlib.Path(__file__).with_name("reference.json")
path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
