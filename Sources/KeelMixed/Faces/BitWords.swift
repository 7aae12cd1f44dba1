/// Sets of small numbers as bits: bit k % 64 of word k / 64 tells whether k belongs to the set.
enum BitWords {
  /// The empty set of numbers below `count`.
  static func zeros(_ count: Int) -> [UInt64] {
    [UInt64](repeating: 0, count: (max(count, 0) + 63) / 64)
  }

  static func contains(_ words: [UInt64], _ k: Int) -> Bool {
    words[k / 64] >> UInt64(k % 64) & 1 == 1
  }

  static func count(_ words: [UInt64]) -> Int {
    words.reduce(0) { $0 + $1.nonzeroBitCount }
  }

  static func isEmpty(_ words: [UInt64]) -> Bool {
    words.allSatisfy { $0 == 0 }
  }

  /// Calls `body` with the members of a set in increasing order.
  static func forEach(_ words: [UInt64], _ body: (Int) -> Void) {
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        body(64 * index + rest.trailingZeroBitCount)
        rest &= rest &- 1
      }
    }
  }

  /// Word by word, `combine` of two sets of numbers with the same bound.
  static func combining(
    _ a: [UInt64], _ b: [UInt64], _ combine: (UInt64, UInt64) -> UInt64
  ) -> [UInt64] {
    zip(a, b).map(combine)
  }
}
