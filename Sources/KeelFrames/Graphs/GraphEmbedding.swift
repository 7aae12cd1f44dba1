import Keel

/// A network that maps graphs to ten numbers, to see which graphs it tells apart.
public enum GraphModel: String, Hashable, Sendable, CaseIterable {
  /// A network of the degree of each vertex alone, summed over the vertices: it sees no edges.
  case nodeNetwork = "node-mlp"
  /// Three layers of the graph isomorphism network, from the degrees, summed over the vertices: it sees what four rounds
  /// of ``ColorRefinement`` see.
  case isomorphismNetwork = "gin"
  /// A network of the adjacency matrix, averaged over all distinct forms of the Laplacian's frame: exactly invariant.
  case frameAverage = "fa-mlp"
  /// The same network at the one form of ``CanonicalLabeling``: exactly invariant, for graphs with frames too large to
  /// go through.
  case canonicalForm = "canonical-mlp"
  /// The same network at one random element of the frame: invariant in distribution only.
  case frameSample = "fa-mlp-1"
  /// The same network at one random order of the vertices: invariant in distribution only.
  case groupSample = "ga-mlp-1"

  /// Whether copies of a graph have the same outputs up to rounding.
  public var isInvariant: Bool { self != .frameSample && self != .groupSample }

  /// Whether the model is a network of the adjacency matrix in some order of the vertices.
  var readsForms: Bool { self != .nodeNetwork && self != .isomorphismNetwork }
}

/// The forms of a graph, which a network of the adjacency matrix is averaged over.
struct GraphForms: Sendable {
  let forms: [Graph]

  /// The forms that a model needs of a graph; random ones come from a stream of the graph's own.
  init(_ graph: Graph, _ model: GraphModel, _ stream: RandomStream) throws(FrameError) {
    var stream = stream
    switch model {
    case .frameAverage: forms = try GraphFrame(of: graph).quotient(of: graph).forms
    case .canonicalForm: forms = [try CanonicalLabeling(of: graph).form(of: graph)]
    case .frameSample:
      forms = [graph.inverseTransformed(by: try GraphFrame(of: graph).randomElement(using: &stream))]
    case .groupSample:
      forms = [graph.inverseTransformed(by: .random(graph.vertexCount, using: &stream))]
    case .nodeNetwork, .isomorphismNetwork: forms = [graph]
    }
  }
}

/// One random network of a model.
///
/// Hidden layers have 64 or 128 units with tanh; the ten outputs are linear. Weights are normal with variance 1 / inputs:
/// sums over vertices make linear parts of the layers cancel, so that smaller weights tell less apart.
///
/// Source: the layers of the protocol of Balcilar et al. (2021), *Breaking the limits of message passing graph neural
/// networks*, which Puny et al. (2022) follow, in double precision and without the last tanh.
struct GraphEmbedding: Sendable {
  static let outputs = 10
  private static let width = 64

  private let model: GraphModel
  private let largestCount: Int
  /// Layers between whose inputs a graph network passes messages, or one network of rows.
  private let layers: [MultilayerPerceptron<Double>]
  /// What follows the sum over the vertices.
  private let readout: MultilayerPerceptron<Double>?
  /// The weight of a vertex beside its neighbours, minus 1, for each layer of a graph network.
  private let selfWeights: [Double]

  /// A network for graphs of up to `largestCount` vertices.
  init(_ model: GraphModel, largestCount: Int, using stream: inout RandomStream) {
    self.model = model
    self.largestCount = largestCount
    let width = Self.width
    switch model {
    case .nodeNetwork:
      layers = [Self.network([2, width, width, width], activatesOutput: true, &stream)]
      selfWeights = []
    case .isomorphismNetwork:
      layers = [2, width, width].map { Self.network([$0, width], activatesOutput: true, &stream) }
      selfWeights = layers.map { _ in stream.uniform() }
    case .frameAverage, .canonicalForm, .frameSample, .groupSample:
      layers = [
        Self.network(
          [largestCount * largestCount, 2 * width, width, Self.outputs], activatesOutput: false, &stream)
      ]
      selfWeights = []
    }
    readout = model.readsForms ? nil : Self.network([width, Self.outputs], activatesOutput: false, &stream)
  }

  private static func network(
    _ widths: [Int], activatesOutput: Bool, _ stream: inout RandomStream
  ) -> MultilayerPerceptron<Double> {
    MultilayerPerceptron(
      randomWidths: widths, activation: .tanh, activatesOutput: activatesOutput, using: &stream)
  }

  /// The outputs of graphs given by their forms, a row each.
  func callAsFunction(_ graphs: ArraySlice<GraphForms>) -> Matrix<Double> {
    let forms = graphs.flatMap(\.forms)
    var starts = [0]
    if model.readsForms {
      for graph in graphs { starts.append(starts[starts.count - 1] + graph.forms.count) }
      return sums(of: layers[0](adjacencyRows(forms)), starts, divided: true)
    }
    for graph in forms { starts.append(starts[starts.count - 1] + graph.vertexCount) }
    var rows = Matrix(
      rows: starts[forms.count], columns: 2,
      elements: forms.flatMap { $0.degrees.flatMap { [1, Double($0)] } })
    for (index, layer) in layers.enumerated() {
      rows = layer(selfWeights.isEmpty ? rows : messages(forms, starts, rows, 1 + selfWeights[index]))
    }
    let pooled = sums(of: rows, starts, divided: false)
    return readout?(pooled) ?? pooled
  }

  /// The adjacency matrices, a row each, padded with zeros to those of the largest graphs.
  private func adjacencyRows(_ forms: [Graph]) -> Matrix<Double> {
    let width = largestCount * largestCount
    var elements = [Double](repeating: 0, count: forms.count * width)
    for (index, form) in forms.enumerated() {
      for u in 0..<form.vertexCount {
        form.forEachNeighbor(of: u) { elements[index * width + u * largestCount + $0] = 1 }
      }
    }
    return Matrix(rows: forms.count, columns: width, elements: elements)
  }

  /// For each vertex its own row times a weight, and the rows of its neighbours.
  private func messages(
    _ graphs: [Graph], _ starts: [Int], _ rows: Matrix<Double>, _ selfWeight: Double
  ) -> Matrix<Double> {
    let (source, width) = (rows.elements, rows.columns)
    var elements = source.map { selfWeight * $0 }
    for (graph, start) in zip(graphs, starts) {
      for u in 0..<graph.vertexCount {
        let target = (start + u) * width
        graph.forEachNeighbor(of: u) {
          let row = (start + $0) * width
          for k in 0..<width { elements[target &+ k] += source[row &+ k] }
        }
      }
    }
    return Matrix(rows: rows.rows, columns: width, elements: elements)
  }

  /// Sums, or means, of ranges of rows.
  private func sums(of rows: Matrix<Double>, _ starts: [Int], divided: Bool) -> Matrix<Double> {
    let (source, width) = (rows.elements, rows.columns)
    var elements = [Double](repeating: 0, count: (starts.count - 1) * width)
    for group in 0..<(starts.count - 1) {
      let (first, last) = (starts[group], starts[group + 1])
      for row in first..<last {
        for k in 0..<width { elements[group &* width &+ k] += source[row &* width &+ k] }
      }
      guard divided else { continue }
      for k in 0..<width { elements[group &* width &+ k] /= Double(last - first) }
    }
    return Matrix(rows: starts.count - 1, columns: width, elements: elements)
  }
}
