import Keel

/// How clouds are cut into pieces of consecutive points, and the pieces into chunks for threads.
///
/// Both depend on the sizes of the clouds alone, so that sums over pieces, added in their order, do not depend on the
/// number of threads.
struct CloudPieces: Sendable {
  /// Points of one cloud.
  struct Piece: Sendable {
    /// The cloud.
    let cloud: Int
    /// Its points, as rows of all points.
    let points: Range<Int>
  }

  /// The first piece of each cloud, and at the end the number of pieces.
  let firstOfCloud: [Int]
  private let pieces: [Piece]
  private let piecesPerChunk: Int

  /// Rows of a piece at most, unless a point has more: some hundred microseconds of a small network.
  private static let rowsPerPiece = 1 << 13

  /// The pieces of clouds of which every point makes so many rows.
  init(_ clouds: PointClouds<some FrameScalar>, rowsPerPoint: Int) {
    let most = max(Self.rowsPerPiece / max(rowsPerPoint, 1), 1)
    var (pieces, first): ([Piece], [Int]) = ([], [0])
    pieces.reserveCapacity(clouds.count)
    first.reserveCapacity(clouds.count + 1)
    for cloud in 0..<clouds.count {
      var start = clouds.starts[cloud]
      let end = clouds.starts[cloud + 1]
      while start < end {
        let next = min(start + most, end)
        pieces.append(Piece(cloud: cloud, points: start..<next))
        start = next
      }
      first.append(pieces.count)
    }
    self.pieces = pieces
    firstOfCloud = first
    piecesPerChunk = max(most * pieces.count / max(clouds.points.rows, 1), 1)
  }

  /// The number of pieces.
  var count: Int { pieces.count }

  /// A piece.
  subscript(index: Int) -> Piece { pieces[index] }

  /// Calls `body` once for each chunk of pieces, on several threads if there are several.
  func forEach<Failure: Error>(
    threads: Int?, _ body: @Sendable (Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    if pieces.count <= piecesPerChunk {
      if !pieces.isEmpty { try body(0..<pieces.count) }
    } else {
      try Parallel.forEach(pieces.count, chunk: piecesPerChunk, threads: threads, body)
    }
  }
}
