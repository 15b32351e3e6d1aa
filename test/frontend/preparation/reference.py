"""Writes reference.json: pictures as PIL, torchvision and OpenCV prepare them. Run with Debian 12's packages
python3-pil python3-torchvision python3-opencv, then format the file with prettier. It says their versions."""
import base64
import hashlib
import json
import os

import cv2
import numpy
import PIL
import torch
import torchvision
import torchvision.transforms.functional as TF
from PIL import Image
from torchvision.transforms import InterpolationMode

PIL_FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
TORCH_FILTERS = {
    "nearest": InterpolationMode.NEAREST,
    "bilinear": InterpolationMode.BILINEAR,
    "bicubic": InterpolationMode.BICUBIC,
}
CV_FILTERS = {"nearest": cv2.INTER_NEAREST, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}
CHANNELS = {"rgba8": 4, "rgb8": 3, "gray8": 1}
# Odd sizes up and down, one side up and the other down, exact halves, one pixel.
SIZES = [
    [(7, 11), (13, 17)],
    [(37, 53), (16, 11)],
    [(19, 7), (9, 21)],
    [(20, 24), (10, 12)],
    [(1, 1), (3, 2)],
    [(5, 3), (1, 1)],
    [(64, 45), (18, 18)],
]
# Where a quotient that is whole is a little less in the floats that `nearest` of each library computes with.
ROUNDED = [[(52, 26), (22, 20)], [(14, 4), (18, 6)]]
LARGE = [[(480, 640), (224, 224)], [(225, 301), (640, 480)], [(1000, 75), (225, 100)]]


def noise(height, width, channels):
    """The same bytes as `noise` of the test has."""
    state, values = 1, bytearray()
    for _ in range(height * width * channels):
        state = (1103515245 * state + 12345) & 0x7FFFFFFF
        values.append((state >> 16) & 255)
    return numpy.frombuffer(bytes(values), numpy.uint8).reshape(height, width, channels)


def gray(rgb, rule):
    if rule == "pil":
        return numpy.array(Image.fromarray(rgb).convert("L"))[:, :, None]
    if rule == "opencv":
        return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[:, :, None]
    return TF.rgb_to_grayscale(tensor(rgb)).permute(1, 2, 0).numpy()


def tensor(array):
    return torch.from_numpy(numpy.ascontiguousarray(array)).permute(2, 0, 1)


def resize(array, size, spec):
    height, width = size
    kind, rule = spec["resize"], spec["rule"]
    if rule == "pil":
        image = Image.fromarray(array if array.shape[2] == 3 else array[:, :, 0])
        result = numpy.array(image.resize((width, height), PIL_FILTERS[kind]))
    elif rule == "opencv":
        result = cv2.resize(array, (width, height), interpolation=CV_FILTERS[kind])
    else:
        antialias = None if kind == "nearest" else True
        resized = TF.resize(tensor(array), [height, width], TORCH_FILTERS[kind], antialias=antialias)
        result = resized.permute(1, 2, 0).numpy()
    return result.reshape(height, width, array.shape[2])


def crop(array, model, spec):
    """Resize and CenterCrop of torchvision, on a tensor or on an image of PIL's; OpenCV gets the same sides."""
    shorter = spec.get("shorterSide", model[0])
    kind, rule = spec["resize"], spec["rule"]
    if rule == "opencv":
        height, width = array.shape[:2]
        if height <= width:
            sides = [shorter, int(shorter * width / height)]
        else:
            sides = [int(shorter * height / width), shorter]
        return TF.center_crop(tensor(resize(array, sides, spec)), list(model)).permute(1, 2, 0).numpy()
    image = Image.fromarray(array) if rule == "pil" else tensor(array)
    antialias = None if kind == "nearest" else True
    resized = TF.resize(image, shorter, TORCH_FILTERS[kind], antialias=antialias)
    cropped = TF.center_crop(resized, list(model))
    return numpy.array(cropped) if rule == "pil" else cropped.permute(1, 2, 0).numpy()


def letterbox(array, model, spec):
    """As in YOLO's LetterBox, resized by any rule."""
    height, width = array.shape[:2]
    ratio = min(model[0] / height, model[1] / width)
    sides = [int(round(height * ratio)), int(round(width * ratio))]
    down, right = (model[0] - sides[0]) / 2, (model[1] - sides[1]) / 2
    top, bottom = int(round(down - 0.1)), int(round(down + 0.1))
    left, after = int(round(right - 0.1)), int(round(right + 0.1))
    fill = spec.get("fill", 0)
    return cv2.copyMakeBorder(
        resize(array, sides, spec), top, bottom, left, after, cv2.BORDER_CONSTANT, value=(fill,) * 3
    )


def prepared(spec, picture, model, channels):
    array = noise(*picture, CHANNELS[spec["from"]])
    array = array[:, :, :3]
    if channels == 1 and array.shape[2] == 3:
        array = gray(numpy.ascontiguousarray(array), spec["rule"])
    array = numpy.ascontiguousarray(array)
    fit = spec.get("fit", "stretch")
    fits = {"stretch": resize, "crop": crop, "letterbox": letterbox}
    result = fits[fit](array, model, spec)
    if spec.get("order") == "bgr":
        result = result[:, :, ::-1]
    if channels == 3 and result.shape[2] == 1:
        result = numpy.repeat(result, 3, 2)
    return numpy.ascontiguousarray(result)


def case(spec, picture, model, channels=3, short=False):
    result = prepared(spec, picture, model, channels)
    if "mean" in spec:
        floats = TF.normalize(TF.to_tensor(result), spec["mean"], spec["std"]).permute(1, 2, 0)
        value = {"floats": base64.b64encode(floats.contiguous().numpy().tobytes()).decode()}
    elif short:
        value = {"sha256": hashlib.sha256(result.tobytes()).hexdigest()}
    else:
        value = {"bytes": base64.b64encode(result.tobytes()).decode()}
    return {"spec": spec, "picture": picture, "model": model, "channels": channels, **value}


def cases():
    for rule in ["pil", "torchvision", "opencv"]:
        for kind in ["nearest", "bilinear", "bicubic"]:
            for picture, model in SIZES:
                yield case({"from": "rgb8", "resize": kind, "rule": rule}, picture, model)
            if kind == "nearest":
                for picture, model in ROUNDED:
                    one = case({"from": "rgb8", "resize": kind, "rule": rule}, picture, model)
                    yield {**one, "rounded": True}
            if kind == "nearest" or rule == "pil" or (rule == "opencv" and kind == "bilinear"):
                for picture, model in LARGE:
                    yield case({"from": "rgb8", "resize": kind, "rule": rule}, picture, model, short=True)
        spec = {"rule": rule, "resize": "bilinear"}
        yield case({**spec, "from": "rgba8", "order": "bgr"}, (9, 14), (7, 5))
        yield case({**spec, "from": "rgba8"}, (9, 14), (9, 14), 1)
        yield case({**spec, "from": "gray8"}, (9, 14), (7, 5), 1)
        yield case({**spec, "from": "gray8"}, (9, 14), (7, 5), 3)
        for picture in [(31, 22), (17, 40)]:
            yield case({**spec, "from": "rgb8", "fit": "crop"}, picture, (11, 11))
            yield case({**spec, "from": "rgb8", "fit": "crop", "shorterSide": 14}, picture, (11, 11))
            yield case({**spec, "from": "rgb8", "fit": "letterbox", "fill": 114}, picture, (16, 11))
    spec = {"from": "rgba8", "rule": "torchvision", "resize": "bilinear", "fit": "crop", "shorterSide": 9}
    yield case({**spec, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}, (15, 20), (8, 8))


versions = {
    "Pillow": PIL.__version__,
    "torchvision": torchvision.__version__,
    "torch": torch.__version__,
    "opencv": cv2.__version__,
}
rows = ",\n".join(f"    {json.dumps(one)}" for one in cases())
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.json")
with open(path, "w") as file:
    file.write(f'{{\n  "versions": {json.dumps(versions)},\n  "cases": [\n{rows}\n  ]\n}}\n')
