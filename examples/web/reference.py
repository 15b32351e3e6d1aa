"""Makes photo.jpg, a digit in chalk on a board, and what torchvision and PyTorch read on it (reference.json)."""

import json
import struct

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms

DIGIT = 3


def tensors(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + length])
    head.pop("__metadata__", None)
    body = data[8 + length :]
    return {
        name: torch.frombuffer(bytearray(body[slice(*one["data_offsets"])]), dtype=torch.float32).reshape(one["shape"])
        for name, one in head.items()
    }


def photo():
    images, labels = np.load("../lenet5/images.npy"), np.load("../lenet5/labels.npy")
    digit = Image.fromarray(images[np.flatnonzero(labels == DIGIT)[4]]).resize((400, 400), Image.Resampling.BICUBIC)
    chalk = np.zeros((480, 640), np.float32)
    chalk[40:440, 120:520] = np.asarray(digit, np.float32) / 255
    random = np.random.default_rng(7)
    y, x = np.mgrid[0:480, 0:640]
    board = np.array([22, 44, 34]) + (12 * (x / 640) + 8 * (y / 480))[..., None]
    light = np.array([236, 232, 214]) * (0.95 + 0.05 * random.random((480, 640, 1)))
    pixels = board * (1 - chalk[..., None]) + light * chalk[..., None] + random.normal(0, 1, (480, 640, 3))
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save("photo.jpg", quality=92, subsampling=0)


def read(weights):
    size = transforms.Compose([transforms.Resize(28), transforms.CenterCrop(28)])
    x = transforms.functional.to_tensor(size(Image.open("photo.jpg").convert("L")))[None]
    f = torch.nn.functional
    x = f.max_pool2d(f.relu(f.conv2d(x, weights["conv1.weight"], weights["conv1.bias"], padding=2)), 2)
    x = f.max_pool2d(f.relu(f.conv2d(x, weights["conv2.weight"], weights["conv2.bias"])), 2)
    x = f.relu(f.conv2d(x, weights["conv3.weight"], weights["conv3.bias"])).flatten(1)
    x = f.linear(f.relu(f.linear(x, weights["fc1.weight"], weights["fc1.bias"])), weights["fc2.weight"], weights["fc2.bias"])
    return x.softmax(1)[0].topk(5)


photo()
scores, classes = read(tensors("../lenet5/lenet5.safetensors"))
made = {"pillow": PIL.__version__, "torch": torch.__version__, "torchvision": torchvision.__version__}
json.dump({**made, "classes": classes.tolist(), "scores": scores.tolist()}, open("reference.json", "w"))
print(classes.tolist(), scores.tolist())
