extension RandomStream {
  /// A uniformly random order of `0..<count`.
  ///
  /// - Parameter count: not negative.
  /// - Complexity: O(n).
  public mutating func permutation(_ count: Int) -> [Int] {
    precondition(count >= 0, "The length of a permutation must not be negative.")
    var result = Array(0..<count)
    shuffle(&result)
    return result
  }

  /// Puts the elements of a collection in a uniformly random order (Fisher and Yates).
  ///
  /// - Parameter elements: any length.
  /// - Complexity: O(n).
  @inlinable
  public mutating func shuffle<Elements>(_ elements: inout Elements)
  where Elements: MutableCollection & RandomAccessCollection {
    // Position i receives one of the elements that have no place yet, as in `sample`.
    var remaining = elements.count
    var first = elements.startIndex
    while remaining > 1 {
      elements.swapAt(first, elements.index(first, offsetBy: integer(below: remaining)))
      elements.formIndex(after: &first)
      remaining -= 1
    }
  }

  /// `count` different numbers of `0..<population`, in uniformly random order.
  ///
  /// They are the first `count` entries of a shuffled `0..<population`. When they are few, the entries
  /// that have moved are kept in a dictionary; the numbers drawn are the same either way.
  ///
  /// - Parameters:
  ///   - count: in `0...population`.
  ///   - population: not negative.
  /// - Complexity: O(count) expected.
  public mutating func sample(_ count: Int, of population: Int) -> [Int] {
    precondition(
      0 <= count && count <= population,
      "A sample without replacement needs a size between 0 and the size of the population.")
    if count > population / 8 {
      var entries = Array(0..<population)
      for i in 0..<count { entries.swapAt(i, i + integer(below: population - i)) }
      return Array(entries[..<count])
    }
    var moved: [Int: Int] = [:]
    return (0..<count).map { i in
      let j = i + integer(below: population - i)
      let value = moved[j] ?? j
      moved[j] = moved[i] ?? i
      return value
    }
  }
}
