import Keel
import KeelFrames
import Testing

@Suite("graph6")
struct Graph6Tests {
  @Test(
    "known lines",
    arguments: [
      // The example of the format's description: 5 vertices, edges 02, 04, 13, 34.
      ("DQc", 5, [[0, 2], [0, 4], [1, 3], [3, 4]]), ("?", 0, []), ("@", 1, []), ("A?", 2, []),
      ("A_", 2, [[0, 1]]), ("C~", 4, [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]),
    ])
  func known(line: String, count: Int, edges: [[Int]]) throws {
    let graph = try Graph6.decode(line)
    #expect(graph.vertexCount == count && graph.edges.map { [$0.0, $0.1] } == edges)
    #expect(Graph6.encode(graph) == line)
  }

  @Test("every number of vertices survives", arguments: Array(0...66) + [127, 300])
  func roundTrip(count: Int) throws {
    var stream = RandomStream(seed: 2).stream(count)
    let graphs = [0, 0.3, 1].map { Graphs.random(count, density: $0, using: &stream) }
    #expect(try graphs.map { try Graph6.decode(Graph6.encode($0)) } == graphs)
    for text in [Graph6.encode(graphs), ">>graph6<<" + Graph6.encode(graphs)] {
      #expect(try Graph6.decode(Array(text.utf8), name: "x.g6") == graphs)
      let lines = text.split(separator: "\n").joined(separator: "\r\n")
      #expect(try Graph6.decode(Array(lines.utf8), name: "x.g6") == graphs)
    }
  }

  @Test(
    "broken lines are errors that say where",
    arguments: [
      ("D", "line 1, column 2"), ("DQ", "line 1, column 3"), ("DQcc", "line 1, column 4"),
      ("DQ ", "line 1, column 3"), ("DQ\u{7F}", "line 1, column 3"), ("A~", "line 1, column 2"),
      ("@\nA\n", "line 2, column 2"), (">>graph6<<D", "line 1, column 12"), ("~", "line 1, column 2"),
      ("~??", "line 1, column 4"), ("~~", "line 1, column 3"), ("~?@?", "line 1, column 5"),
      ("Dé", "line 1, column 2"),
    ])
  func broken(text: String, field: String) throws {
    #expect {
      try Graph6.decode(Array(text.utf8), name: "x.g6")
    } throws: { error in
      (error as? InterchangeError)?.field == field && (error as? InterchangeError)?.file == "x.g6"
    }
  }

  @Test("other formats and numbers of vertices are named", arguments: [":Fa@x^", "&DI?AO?", "~~?????@"])
  func unsupported(text: String) {
    #expect {
      try Graph6.decode(text)
    } throws: { error in
      if case .unsupported = error as? InterchangeError { true } else { false }
    }
  }

  @Test("a header that claims many vertices takes no memory")
  func falseClaim() {
    #expect(throws: InterchangeError.self) { try Graph6.decode("~}~~") }
    #expect(throws: InterchangeError.self) { try Graph6.decode("@\n@") }
    #expect(throws: InterchangeError.self) { try Graph6.decode("") }
  }
}
