/** Text of RFC 8785 and the canonical form that it gives for it. */
export interface Vector {
  readonly input: string;
  readonly form: string;
}

/** Section 3.2.2. */
const literals: Vector = {
  input: String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`,
  form: String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
};

/** Section 3.2.3. */
const sorting: Vector = {
  input: String.raw`{
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis"
  }`,
  form:
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
    '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
};

/** Appendix B: a double as it stands in memory, and as it is written. Those of `unsafeIntegers` are not among them. */
const doubles: readonly (readonly [bits: string, form: string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

/** Appendix B too: integers that a double does not tell from their neighbours. */
export const unsafeIntegers: readonly string[] = [
  '9007199254740992',
  '-9007199254740992',
  '295147905179352830000',
  '999999999999999700000',
  '999999999999999900000',
];

const numbers = doubles.flatMap(([bits, form]) => {
  const double = Buffer.from(bits, 'hex').readDoubleBE();
  const negativeZero = Object.is(double, -0) ? ['-0', '-0.0'] : [];
  const spellings = [...negativeZero, double.toExponential().toUpperCase(), ...(form.includes('e') ? [] : [`${form}e0`])];
  // Many programs write 17 digits where fewer would do.
  if (!Number.isInteger(double) && Math.abs(double) > 1e-300) spellings.push(double.toPrecision(17));
  return spellings.map((input): Vector => ({ input: `[${input}]`, form: `[${form}]` }));
});

export const vectors: readonly Vector[] = [literals, sorting, ...numbers];
