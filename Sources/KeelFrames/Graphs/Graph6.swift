public import Keel

/// The text format graph6: a line of printable characters a graph.
///
/// Every character holds six bits, its code minus 63, the highest first. The number n of vertices is one character,
/// or `~` and three, up to 258047; then follow the pairs (0, 1), (0, 2), (1, 2), (0, 3), ..., a bit each, padded with
/// zeros. A file may begin with `>>graph6<<`.
///
/// ```swift
/// Graph6.encode(Graph(vertexCount: 4).complement)      // "C~"
/// ```
///
/// Source: B. D. McKay, *Description of graph6, sparse6 and digraph6 encodings*.
public enum Graph6 {
  /// The most vertices of a graph that are read and written.
  public static let largestVertexCount = 258_047

  private static let header = Array(">>graph6<<".utf8)
  private static let tilde: UInt8 = 126

  /// The line of a graph, without a line break.
  ///
  /// - Complexity: O(n²).
  /// - Precondition: the graph has at most ``largestVertexCount`` vertices.
  public static func encode(_ graph: Graph) -> String {
    let n = graph.vertexCount
    precondition(n <= largestVertexCount, "The format has no such number of vertices")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 + pairCount(n) / 6)
    if n <= 62 {
      bytes.append(UInt8(n + 63))
    } else {
      bytes.append(tilde)
      for shift in [12, 6, 0] { bytes.append(UInt8(n >> shift & 63) + 63) }
    }
    var (value, filled): (UInt8, Int) = (0, 0)
    for j in 0..<n {
      for i in 0..<j {
        value = value << 1 | (graph[i, j] ? 1 : 0)
        filled += 1
        if filled == 6 {
          bytes.append(value + 63)
          (value, filled) = (0, 0)
        }
      }
    }
    if filled > 0 { bytes.append(value << UInt8(6 - filled) + 63) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The lines of graphs, each with its line break.
  public static func encode(_ graphs: some Sequence<Graph>) -> String {
    graphs.map { encode($0) + "\n" }.joined()
  }

  /// The graph of one line, with or without its line break.
  ///
  /// - Throws: `InterchangeError` if the line is not one of this format.
  public static func decode(_ line: String) throws(InterchangeError) -> Graph {
    let graphs = try decode(Array(line.utf8), name: "graph6 text")
    guard graphs.count == 1 else {
      throw .malformed(
        file: "graph6 text", field: "text", expected: "one graph", found: "\(graphs.count) graphs")
    }
    return graphs[0]
  }

  /// The graphs of a file's bytes.
  ///
  /// Lines may end with LF or CR LF; empty ones are skipped.
  ///
  /// - Parameters:
  ///   - bytes: what the file holds.
  ///   - name: what messages call the file.
  /// - Complexity: O(number of bytes), and a bit a pair of vertices of memory.
  /// - Throws: `InterchangeError`: `malformedText` with line and column for characters outside of the format, lines
  ///   that are too short or too long, and padding that is not zero; `unsupported` for sparse6, digraph6 and graphs of
  ///   more than ``largestVertexCount`` vertices.
  public static func decode(_ bytes: [UInt8], name: String) throws(InterchangeError) -> [Graph] {
    var graphs: [Graph] = []
    var start = bytes.starts(with: header) ? header.count : 0
    var number = 1
    while start < bytes.count {
      let next = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      var end = next
      if end > start, bytes[end - 1] == 0x0D { end -= 1 }
      if end > start {
        let offset = number == 1 ? start : 0
        graphs.append(try Line(file: name, number: number, offset: offset).decode(bytes[start..<end]))
      }
      start = next + 1
      number += 1
    }
    return graphs
  }

  private static func pairCount(_ n: Int) -> Int { n * (n - 1) / 2 }

  /// Where a line is, for messages.
  private struct Line {
    let file: String
    let number: Int
    /// The number of bytes before the graph.
    let offset: Int

    func decode(_ line: ArraySlice<UInt8>) throws(InterchangeError) -> Graph {
      if let first = line.first, first == UInt8(ascii: ":") || first == UInt8(ascii: "&") {
        throw .unsupported(
          file: file, field: "line \(number)", found: first == UInt8(ascii: ":") ? "sparse6" : "digraph6")
      }
      for (place, byte) in line.enumerated() where byte < 63 || byte > tilde {
        throw failure(
          at: place, expected: "characters from '?' to '~'", found: "a byte of \(byte)")
      }
      let (n, prefix) = try vertexCount(line)
      let expected = prefix + (pairCount(n) + 5) / 6
      guard line.count == expected else {
        throw failure(
          at: min(line.count, expected), expected: "\(expected) characters for \(n) vertices",
          found: "\(line.count)")
      }
      var graph = Graph(vertexCount: n)
      var place = line.startIndex + prefix
      var (bits, left): (UInt8, Int) = (0, 0)
      for j in 0..<n {
        for i in 0..<j {
          if left == 0 {
            (bits, left) = (line[place] - 63, 6)
            place += 1
          }
          left -= 1
          if bits >> UInt8(left) & 1 == 1 { graph.connect(i, j) }
        }
      }
      guard bits & (1 << UInt8(left) - 1) == 0 else {
        throw failure(at: line.count - 1, expected: "padding of zeros", found: "ones")
      }
      return graph
    }

    /// n, and the number of characters that it takes.
    private func vertexCount(_ line: ArraySlice<UInt8>) throws(InterchangeError) -> (Int, Int) {
      let codes = line.prefix(4).map { Int($0) - 63 }
      guard codes[0] == 63 else { return (codes[0], 1) }
      guard codes.count == 4 else {
        throw failure(
          at: line.count, expected: "three characters after '~'", found: "\(line.count - 1)")
      }
      guard codes[1] != 63 else {
        throw .unsupported(
          file: file, field: "line \(number)", found: "more than \(largestVertexCount) vertices")
      }
      return (codes[1] << 12 | codes[2] << 6 | codes[3], 4)
    }

    private func failure(at place: Int, expected: String, found: String) -> InterchangeError {
      .malformedText(
        file: file, line: number, column: offset + place + 1, expected: expected, found: found)
    }
  }
}
