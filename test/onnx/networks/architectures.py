"""Exports networks for sound and text by their published architectures; strip.ts takes their weights out."""

import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(7)


class Norm(nn.Module):
    """DTLN's instant layer normalisation."""

    def __init__(self, features):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))

    def forward(self, x):
        mean = x.mean(-1, keepdim=True)
        variance = ((x - mean) ** 2).mean(-1, keepdim=True)
        return (x - mean) / torch.sqrt(variance + 1e-7) * self.gamma + self.beta


class Separation(nn.Module):
    """DTLN's separation kernel: two LSTMs whose states are [1, 2, 128, 2], and a mask."""

    def __init__(self, features, size=128):
        super().__init__()
        self.rnn1 = nn.LSTM(features, size, batch_first=True)
        self.rnn2 = nn.LSTM(size, size, batch_first=True)
        self.mask = nn.Linear(size, features)

    def forward(self, x, state):
        def pair(i):
            return state[:, i, :, 0].unsqueeze(0), state[:, i, :, 1].unsqueeze(0)

        x, (h1, c1) = self.rnn1(x, pair(0))
        x, (h2, c2) = self.rnn2(x, pair(1))
        h, c = torch.stack([h1[0], h2[0]], 1), torch.stack([c1[0], c2[0]], 1)
        return torch.sigmoid(self.mask(x)), torch.stack([h, c], -1)


class Dtln1(nn.Module):
    def __init__(self):
        super().__init__()
        self.separation = Separation(257)

    def forward(self, magnitude, state):
        return self.separation(torch.log(magnitude + 1e-7), state)


class Dtln2(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Conv1d(512, 256, 1, bias=False)
        self.norm = Norm(256)
        self.separation = Separation(256)
        self.decode = nn.Conv1d(256, 512, 1, bias=False)

    def forward(self, frame, state):
        encoded = self.encode(frame.transpose(1, 2)).transpose(1, 2)
        mask, state = self.separation(self.norm(encoded), state)
        return self.decode((encoded * mask).transpose(1, 2)).transpose(1, 2), state


class TenVad(nn.Module):
    """Separable convolutions over three frames of 41 features, two LSTMs of 64, a dense layer of 32."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(1, 1, (3, 3), bias=False), nn.Conv2d(1, 16, 1), nn.ReLU(), nn.MaxPool2d((1, 3), (1, 2))
        )
        self.second = nn.Sequential(
            nn.ConstantPad2d((0, 1, 0, 0), 0),
            nn.Conv2d(16, 16, (1, 3), (1, 2), groups=16, bias=False), nn.Conv2d(16, 16, 1), nn.ReLU(),
            nn.Conv2d(16, 16, (1, 3), (1, 2), groups=16, bias=False, padding=(0, 1)), nn.Conv2d(16, 16, 1), nn.ReLU(),
        )
        self.rnn1 = nn.LSTM(80, 64, batch_first=True)
        self.rnn2 = nn.LSTM(64, 64, batch_first=True)
        self.dense = nn.Linear(128, 32)
        self.out = nn.Linear(32, 1)

    def forward(self, x, h1, c1, h2, c2):
        x = self.second(self.first(x.unsqueeze(1)))
        x = x.permute(0, 2, 3, 1).flatten(2)
        a, (h1, c1) = self.rnn1(x, (h1.unsqueeze(0), c1.unsqueeze(0)))
        b, (h2, c2) = self.rnn2(a, (h2.unsqueeze(0), c2.unsqueeze(0)))
        x = F.relu(self.dense(torch.cat([b, a], -1)))
        return torch.sigmoid(self.out(x)), h1[0], c1[0], h2[0], c2[0]


class Erb(nn.Module):
    """Upper frequencies as bands, and back."""

    def __init__(self):
        super().__init__()
        self.to_bands = nn.Linear(192, 64, bias=False)
        self.from_bands = nn.Linear(64, 192, bias=False)

    def bands(self, x):
        return torch.cat([x[..., :65], self.to_bands(x[..., 65:])], -1)

    def frequencies(self, x):
        return torch.cat([x[..., :65], self.from_bands(x[..., 65:])], -1)


class Attention(nn.Module):
    """Temporal recurrent attention."""

    def __init__(self, channels):
        super().__init__()
        self.gru = nn.GRU(channels, channels * 2, batch_first=True)
        self.fc = nn.Linear(channels * 2, channels)

    def forward(self, x, h):
        energy = torch.mean(x.pow(2), -1).transpose(1, 2)
        a, h = self.gru(energy, h)
        a = torch.sigmoid(self.fc(a)).transpose(1, 2)
        return x * a[..., None], h


class ConvBlock(nn.Module):
    def __init__(self, ins, outs, kernel, stride, padding, groups=1, up=False, last=False):
        super().__init__()
        conv = nn.ConvTranspose2d if up else nn.Conv2d
        self.conv = conv(ins, outs, kernel, stride, padding, groups=groups)
        self.bn = nn.BatchNorm2d(outs)
        self.act = nn.Tanh() if last else nn.PReLU()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class GroupedBlock(nn.Module):
    """Grouped temporal convolution of half of the channels; two frames times its dilation are kept."""

    def __init__(self, dilation, up=False):
        super().__init__()
        conv = nn.ConvTranspose2d if up else nn.Conv2d
        self.dilation, self.up = dilation, up
        self.point1 = nn.Sequential(conv(24, 16, 1), nn.BatchNorm2d(16), nn.PReLU())
        pad = (2 * dilation, 1) if up else (0, 1)
        self.depth = nn.Sequential(
            conv(16, 16, (3, 3), (1, 1), pad, dilation=(dilation, 1), groups=16), nn.BatchNorm2d(16), nn.PReLU()
        )
        self.point2 = nn.Sequential(conv(16, 8, 1), nn.BatchNorm2d(8))
        self.attention = Attention(8)

    def forward(self, x, cache, h):
        x1, x2 = torch.chunk(x, 2, 1)
        wide = F.pad(x1, (1, 1))
        frequencies = x1.shape[-1]
        near = torch.stack([wide[..., i : i + frequencies] for i in range(3)], 2)
        h1 = self.point1(near.reshape(1, 24, 1, frequencies))
        h1 = torch.cat([cache, h1], 2)
        cache = h1[:, :, 1:]
        h1 = self.depth(h1)
        h1, h = self.attention(self.point2(h1), h)
        mixed = torch.stack([h1, x2], 2).reshape(1, 16, 1, frequencies)
        return mixed, cache, h


class Grouped(nn.Module):
    """Two GRUs, each of half of the features."""

    def __init__(self, ins, size, both):
        super().__init__()
        self.rnns = nn.ModuleList(nn.GRU(ins // 2, size // 2, batch_first=True, bidirectional=both) for _ in range(2))

    def forward(self, x, h):
        parts, states = torch.chunk(x, 2, -1), torch.chunk(h, 2, -1)
        made = [rnn(a, b.contiguous()) for rnn, a, b in zip(self.rnns, parts, states)]
        return torch.cat([y for y, _ in made], -1), torch.cat([h for _, h in made], -1)


class DualPath(nn.Module):
    def __init__(self):
        super().__init__()
        self.intra, self.inter = Grouped(16, 8, True), Grouped(16, 16, False)
        self.intra_fc, self.inter_fc = nn.Linear(16, 16), nn.Linear(16, 16)
        self.intra_norm, self.inter_norm = nn.LayerNorm((33, 16), 1e-8), nn.LayerNorm((33, 16), 1e-8)

    def forward(self, x, h):
        x = x.permute(0, 2, 3, 1)
        y, _ = self.intra(x.reshape(1, 33, 16), torch.zeros(2, 1, 8))
        x = x + self.intra_norm(self.intra_fc(y).reshape(1, 1, 33, 16))
        y, h = self.inter(x.permute(0, 2, 1, 3).reshape(33, 1, 16), h)
        y = self.inter_fc(y).reshape(1, 33, 1, 16).permute(0, 2, 1, 3)
        return (x + self.inter_norm(y)).permute(0, 3, 1, 2), h


class Gtcrn(nn.Module):
    """One frame of 257 frequencies at a time."""

    def __init__(self):
        super().__init__()
        self.erb = Erb()
        self.down1 = ConvBlock(9, 16, (1, 5), (1, 2), (0, 2))
        self.down2 = ConvBlock(16, 16, (1, 5), (1, 2), (0, 2), groups=2)
        self.encoder = nn.ModuleList(GroupedBlock(d) for d in (1, 2, 5))
        self.paths = nn.ModuleList(DualPath() for _ in range(2))
        self.decoder = nn.ModuleList(GroupedBlock(d, True) for d in (5, 2, 1))
        self.up1 = ConvBlock(16, 16, (1, 5), (1, 2), (0, 2), groups=2, up=True)
        self.up2 = ConvBlock(16, 2, (1, 5), (1, 2), (0, 2), up=True, last=True)

    def forward(self, mix, conv_cache, tra_cache, inter_cache):
        spectrum = mix.permute(0, 3, 2, 1)
        real, imaginary = spectrum[:, :1], spectrum[:, 1:]
        magnitude = torch.sqrt(real**2 + imaginary**2 + 1e-12)
        x = self.erb.bands(torch.cat([magnitude, real, imaginary], 1))
        wide = F.pad(x, (1, 1))
        x = torch.stack([wide[..., i : i + 129] for i in range(3)], 2).reshape(1, 9, 1, 129)
        skips = [self.down1(x)]
        skips.append(self.down2(skips[0]))
        x, caches, states = skips[1], [], []
        for side, blocks in enumerate((self.encoder, self.decoder)):
            at, kept, hidden = 0, [], []
            if side == 1:
                inter = []
                for i, path in enumerate(self.paths):
                    x, h = path(x, inter_cache[i])
                    inter.append(h)
            for i, block in enumerate(blocks):
                if side == 1:
                    x = x + skips[-1 - i]
                length = 2 * block.dilation
                x, cache, h = block(x, conv_cache[side][:, :, at : at + length], tra_cache[side][i])
                at += length
                kept.append(cache)
                hidden.append(h)
                if side == 0:
                    skips.append(x)
            caches.append(torch.cat(kept, 2))
            states.append(torch.stack(hidden))
        x = self.up2(self.up1(x + skips[1]) + skips[0])
        mask = self.erb.frequencies(x)
        m_re, m_im = mask[:, :1], mask[:, 1:]
        made = torch.cat([real * m_re - imaginary * m_im, imaginary * m_re + real * m_im], 1)
        return made.permute(0, 3, 2, 1), torch.stack(caches), torch.stack(states), torch.stack(inter)


class Crnn(nn.Module):
    """Shi, Bai and Yao's network for lines of text, with a quarter of its channels."""

    def __init__(self, classes=37):
        super().__init__()

        def conv(ins, outs, kernel=3, padding=1, norm=False):
            layers = [nn.Conv2d(ins, outs, kernel, 1, padding), *([nn.BatchNorm2d(outs)] if norm else []), nn.ReLU()]
            return nn.Sequential(*layers)

        narrow = ((2, 2), (2, 1), (0, 1))
        self.conv = nn.Sequential(
            conv(1, 16), nn.MaxPool2d(2), conv(16, 32), nn.MaxPool2d(2), conv(32, 64, norm=True), conv(64, 64),
            nn.MaxPool2d(*narrow), conv(64, 128, norm=True), conv(128, 128), nn.MaxPool2d(*narrow),
            conv(128, 128, 2, 0, True),
        )
        self.rnn1 = nn.LSTM(128, 64, bidirectional=True)
        self.fc1 = nn.Linear(128, 64)
        self.rnn2 = nn.LSTM(64, 64, bidirectional=True)
        self.fc2 = nn.Linear(128, classes)

    def forward(self, x):
        x = self.conv(x).squeeze(2).permute(2, 0, 1)
        x = self.fc1(self.rnn1(x)[0])
        return F.log_softmax(self.fc2(self.rnn2(x)[0]), -1)


def export(name, model, inputs, outputs):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.1, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 2)
    path = f"{sys.argv[1]}/{name}.onnx"
    values = tuple(inputs.values())
    torch.onnx.export(
        model.eval(), values, path, input_names=list(inputs), output_names=outputs, opset_version=13,
        do_constant_folding=True,
    )


state = torch.zeros(1, 2, 128, 2)
export("dtln1", Dtln1(), {"magnitude": torch.rand(1, 1, 257), "state": state}, ["mask", "new_state"])
export("dtln2", Dtln2(), {"frame": torch.rand(1, 1, 512), "state": state}, ["out", "new_state"])
hidden = {name: torch.zeros(1, 64) for name in ("h1", "c1", "h2", "c2")}
export("tenVad", TenVad(), {"features": torch.rand(1, 3, 41), **hidden}, ["speech", *(f"new_{n}" for n in hidden)])
caches = {
    "conv_cache": torch.zeros(2, 1, 16, 16, 33),
    "tra_cache": torch.zeros(2, 3, 1, 1, 16),
    "inter_cache": torch.zeros(2, 1, 33, 16),
}
export("gtcrn", Gtcrn(), {"mix": torch.rand(1, 257, 1, 2), **caches}, ["enhanced", *(f"new_{n}" for n in caches)])
export("crnn", Crnn(), {"line": torch.rand(1, 1, 32, 100)}, ["scores"])
