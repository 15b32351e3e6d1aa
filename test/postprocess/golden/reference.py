"""Writes reference.json beside this file: what torchvision keeps of drawn boxes, and what torch says of scores.

Run with Debian's python3-torchvision: python3 test/postprocess/golden/reference.py
"""

import json
import pathlib

import torch
import torchvision


def detections(count, classes, seed):
    """Boxes in clusters, so that many overlap; coordinates are multiples of 1/8, exact in f32 and in JSON."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randint(0, 400, (count, 2), generator=generator) / 8
    centres = centres[torch.randint(0, max(1, count // 5), (count,), generator=generator)]
    centres = centres + torch.randint(-24, 24, (count, 2), generator=generator) / 8
    sizes = torch.randint(8, 160, (count, 2), generator=generator) / 8
    boxes = torch.cat([centres - sizes, centres + sizes], 1)
    scores = torch.randint(0, 64, (count,), generator=generator) / 64
    return boxes, scores, torch.randint(0, classes, (count,), generator=generator)


def suppression_case(count, classes, threshold, seed):
    boxes, scores, labels = detections(count, classes, seed)
    # A class at a time is what batched_nms means: moving boxes apart by their class rounds. It leaves equal
    # scores in any order.
    batched = torchvision.ops.boxes._batched_nms_vanilla(boxes, scores, labels, threshold).tolist()
    return {
        "iouThreshold": threshold,
        "boxes": boxes.flatten().tolist(),
        "scores": scores.tolist(),
        "classes": labels.tolist(),
        "nms": torchvision.ops.nms(boxes, scores, threshold).tolist(),
        "batchedNms": sorted(batched, key=lambda i: (-scores[i].item(), i)),
        "firstIou": torchvision.ops.box_iou(boxes[:1], boxes)[0].tolist(),
    }


def scores_case(rows, classes, k, seed):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randint(-80, 80, (rows, classes), generator=generator) / 16
    best = torch.topk(scores[0], k)
    return {
        "classes": classes,
        "scores": scores.flatten().tolist(),
        "softmax": torch.softmax(scores.double(), 1).flatten().tolist(),
        "sigmoid": torch.sigmoid(scores.double()).flatten().tolist(),
        "topValues": best.values.tolist(),
    }


result = {
    "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__},
    "suppression": [
        suppression_case(40, 3, 0.5, 1),
        suppression_case(60, 2, 0.3, 2),
        suppression_case(25, 5, 0.75, 3),
        suppression_case(1, 1, 0.5, 4),
    ],
    "scores": [scores_case(2, 7, 3, 5), scores_case(1, 30, 30, 6)],
}
path = pathlib.Path(__file__).with_name("reference.json")
path.write_text(json.dumps(result, indent=None, separators=(",", ":")) + "\n")
