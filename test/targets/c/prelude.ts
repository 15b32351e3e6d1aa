/** What every printed C file begins with: an element of memory, and the operations that C has not or leaves undefined. */

export const PRELUDE = `#include <math.h>
#include <stdint.h>
#include <string.h>

typedef union {
  uint32_t bits;
  int32_t i;
  float f;
} Word;

static inline int32_t wrap(uint32_t a) { return (int32_t)a; }
static inline int32_t bits(float a) { Word w; w.f = a; return w.i; }
static inline float number(int32_t a) { Word w; w.i = a; return w.f; }
static inline float half(uint16_t a) {
  return number((int32_t)((uint32_t)(a & 0x8000) << 16 | (uint32_t)(a & 0x7fff) << 13)) * 0x1p112f;
}
static inline int32_t saturate(float a) {
  if (a != a) return 0;
  if (a <= -2147483648.0f) return INT32_MIN;
  return a >= 2147483648.0f ? INT32_MAX : (int32_t)a;
}
static inline float least(float a, float b) {
  if (a < b || a != a) return a;
  return b < a || b != b ? b : signbit(a) ? a : b;
}
static inline float most(float a, float b) {
  if (a > b || a != a) return a;
  return b > a || b != b ? b : signbit(a) ? b : a;
}
static inline int32_t lesser(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t greater(int32_t a, int32_t b) { return a > b ? a : b; }
/* A division by 0 is 0, and -2^31 / -1 wraps. */
static inline int32_t quotient(int32_t a, int32_t b) {
  if (b == 0) return 0;
  return b == -1 ? wrap(0u - (uint32_t)a) : a / b;
}
static inline int32_t rest(int32_t a, int32_t b) { return b == 0 || b == -1 ? 0 : a % b; }
static inline int32_t floored(int32_t a, int32_t b) {
  int32_t left = rest(a, b);
  return quotient(a, b) - (left != 0 && (left ^ b) < 0);
}
static inline int32_t sdot(int32_t a, int32_t b) {
  int32_t sum = 0;
  for (int i = 0; i < 32; i += 8) sum += (int8_t)(a >> i) * (int8_t)(b >> i);
  return sum;
}
static inline int32_t usdot(int32_t a, int32_t b) {
  int32_t sum = 0;
  for (int i = 0; i < 32; i += 8) sum += (int8_t)(a >> i) * (uint8_t)(b >> i);
  return sum;
}
static inline int32_t dot16(int32_t a, int32_t b) {
  return wrap((uint32_t)((int16_t)a * (int16_t)b) + (uint32_t)((a >> 16) * (b >> 16)));
}
static inline int32_t modulo(int32_t a, int32_t b) {
  int32_t left = rest(a, b);
  return left != 0 && (left ^ b) < 0 ? left + b : left;
}
`;

/** Names that kernels must not hide. */
export const TAKEN: ReadonlySet<string> = new Set(
  (
    "wrap bits number saturate least most lesser greater quotient rest floored modulo sdot usdot dot16 arena weights " +
    "auto bool char double extern float goto inline int long register restrict short signed sizeof " +
    "struct typedef union unsigned volatile int32_t uint32_t Word INFINITY NAN isnan rintf fabsf " +
    "sqrtf floorf ceilf truncf fmodf"
  ).split(" "),
);
