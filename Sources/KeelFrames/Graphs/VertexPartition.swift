/// An ordered partition of the vertices into cells, which refines itself until all vertices of a cell see every cell
/// alike.
///
/// Everything that is done depends on the graph and the order of the cells only, never on the numbers of the vertices:
/// the refined partitions of isomorphic graphs are images of each other.
struct VertexPartition {
  /// The vertices, cell after cell.
  private(set) var order: [Int]
  /// At the start of a cell its number of vertices; elsewhere without meaning.
  private(set) var length: [Int]
  private(set) var cellCount = 0
  /// Starts of cells whose members others have yet to be counted against.
  private var queue: [Int] = []
  private var isQueued: [Bool]

  /// The cells of equal ranks, ascending.
  init(_ ranks: [Int]) {
    let n = ranks.count
    order = (0..<n).sorted { (ranks[$0], $0) < (ranks[$1], $1) }
    length = Array(repeating: 0, count: n)
    isQueued = Array(repeating: false, count: n)
    var start = 0
    while start < n {
      var end = start + 1
      while end < n, ranks[order[end]] == ranks[order[start]] { end += 1 }
      length[start] = end - start
      cellCount += 1
      push(start)
      start = end
    }
  }

  /// Whether every cell is one vertex.
  var isDiscrete: Bool { cellCount == order.count }

  /// The start of the first of the smallest cells with several vertices; nil if there is none.
  var targetCell: Int? {
    var (best, start): (Int?, Int) = (nil, 0)
    while start < order.count {
      if length[start] > 1, best.map({ length[start] < length[$0] }) ?? true { best = start }
      start += length[start]
    }
    return best
  }

  /// The vertices of the cell that begins at a position.
  func members(_ start: Int) -> ArraySlice<Int> { order[start..<(start + length[start])] }

  /// Puts a vertex of a cell into a cell of its own, before the rest.
  mutating func individualize(_ vertex: Int, in start: Int) {
    guard let place = members(start).firstIndex(of: vertex) else { return }
    order.swapAt(start, place)
    length[start + 1] = length[start] - 1
    length[start] = 1
    cellCount += 1
    push(start)
  }

  private mutating func push(_ start: Int) {
    guard !isQueued[start] else { return }
    isQueued[start] = true
    queue.append(start)
  }

  /// Splits cells until the members of each see every cell alike, and returns a number that isomorphic graphs share.
  mutating func refine(_ structure: GraphStructure) -> UInt64 {
    let n = order.count
    var trace: UInt64 = 0
    var signatures = [UInt64](repeating: 0, count: n)
    var mask = [UInt64](repeating: 0, count: structure.wordsPerRow)
    var next = 0
    while next < queue.count {
      let splitter = queue[next]
      next += 1
      isQueued[splitter] = false
      trace = mixed(trace ^ UInt64(splitter << 32 | length[splitter]))
      fill(&signatures, for: splitter, structure, mask: &mask)
      var start = 0
      while start < n {
        let count = length[start]
        if count == 1 {
          trace = mixed(trace &+ signatures[order[start]])
        } else {
          split(start, count, by: signatures, &trace)
        }
        start += count
      }
    }
    queue.removeAll(keepingCapacity: true)
    return trace
  }

  /// How often each vertex sees the members of a cell, over all weights: a number of neighbours, or a sum of marks.
  private func fill(
    _ signatures: inout [UInt64], for splitter: Int, _ structure: GraphStructure, mask: inout [UInt64]
  ) {
    let n = order.count
    if structure.bits.isEmpty {
      for v in 0..<n {
        var sum: UInt64 = 0
        for w in members(splitter) where w != v {
          sum &+= structure.marks[Int(structure.ranks[v &* n &+ w])]
        }
        signatures[v] = sum
      }
    } else {
      let words = structure.wordsPerRow
      for word in 0..<words { mask[word] = 0 }
      for w in members(splitter) { mask[w >> 6] |= 1 << UInt64(w & 63) }
      for v in 0..<n {
        var sum = 0
        for word in 0..<words { sum &+= (structure.bits[v &* words &+ word] & mask[word]).nonzeroBitCount }
        signatures[v] = UInt64(sum)
      }
    }
  }

  private mutating func split(
    _ start: Int, _ count: Int, by signatures: [UInt64], _ trace: inout UInt64
  ) {
    let first = signatures[order[start]]
    let end = start + count
    if !(start..<end).contains(where: { signatures[order[$0]] != first }) {
      trace = mixed(trace &+ first)
      return
    }
    order[start..<end].sort { signatures[$0] < signatures[$1] }
    // What has been counted against the whole cell and all parts but one is known for that one.
    let wasQueued = isQueued[start]
    var largest = start
    var parts: [Int] = []
    var part = start
    while part < end {
      let signature = signatures[order[part]]
      var stop = part + 1
      while stop < end, signatures[order[stop]] == signature { stop += 1 }
      length[part] = stop - part
      trace = mixed(trace ^ mixed(signature &+ UInt64(part << 32 | (stop - part))))
      if length[part] > length[largest] { largest = part }
      parts.append(part)
      part = stop
    }
    cellCount += parts.count - 1
    for part in parts where wasQueued || part != largest { push(part) }
  }
}
