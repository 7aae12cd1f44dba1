import Keel

/// What a row is that a batched backbone takes.
public enum BackboneRow: Hashable, Sendable, CaseIterable {
  /// A point: its coordinates.
  case point
  /// A cloud: the coordinates of all its points, point after point.
  case cloud
}

/// A part of the work of averages over the frames of many clouds: some points of a cloud with some elements of its
/// frame.
struct FrameCell: Sendable {
  /// The cloud.
  let cloud: Int
  /// The elements of its frame.
  let elements: Range<Int>
  /// The points, counted from the first of the cloud.
  let points: Range<Int>
  /// The rows that it makes for a backbone.
  let rows: Int
}

/// How averages over many frames are cut into calls of a batched backbone.
///
/// The cells of a call make as many rows together as are asked for, or, if one cell makes more, those of that cell.
/// It depends on the sizes of the clouds and frames alone, so that results do not depend on the number of threads.
struct FrameCalls: Sendable {
  private(set) var cells: [FrameCell] = []
  /// The first cell of each call, and at the end the number of cells.
  private(set) var starts = [0]

  /// The number of calls.
  var count: Int { starts.count - 1 }

  /// The calls for clouds of given sizes whose frames have given numbers of elements.
  init(sizes: [Int], elements: [Int], row: BackboneRow, rowsPerCall: Int) {
    var rows = 0
    for (cloud, (size, count)) in zip(sizes, elements).enumerated() {
      let rowsOfElement = row == .cloud ? 1 : size
      let points = row == .cloud ? size : min(size, rowsPerCall)
      let most = max(rowsPerCall / max(rowsOfElement, 1), 1)
      for first in stride(from: 0, to: count, by: most) {
        for point in stride(from: 0, to: size, by: max(points, 1)) {
          let elements = first..<min(first + most, count)
          let range = point..<min(point + points, size)
          let cell = FrameCell(
            cloud: cloud, elements: elements, points: range,
            rows: elements.count * (row == .cloud ? 1 : range.count))
          if rows > 0 && rows + cell.rows > rowsPerCall {
            starts.append(cells.count)
            rows = 0
          }
          cells.append(cell)
          rows += cell.rows
        }
      }
    }
    if rows > 0 { starts.append(cells.count) }
  }

  /// The rows of a call.
  ///
  /// Small networks take a few hundred nanoseconds a row, so that a call takes a millisecond; with 64 units the values
  /// of a layer take a megabyte, which the caches of a core hold.
  static func rowsPerCall(inputs: Int) -> Int { min(max((1 << 18) / max(inputs, 1), 64), 4096) }

  /// The values of `body` for the cells of each call, in the order of the cells.
  func map<Value: Sendable, Failure: Error>(
    threads: Int?, _ body: @Sendable (ArraySlice<FrameCell>) throws(Failure) -> [Value]
  ) throws(Failure) -> [Value] {
    try Parallel.map(count, threads: threads) { call throws(Failure) in
      try body(cells[starts[call]..<starts[call + 1]])
    }.flatMap { $0 }
  }
}
