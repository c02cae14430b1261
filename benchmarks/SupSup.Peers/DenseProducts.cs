using System.Collections.Immutable;
using SupSup.Core.Networks;
using static TorchSharp.torch;

namespace SupSup.Peers;

/// <summary>
/// The matrix products of a training step and nothing else, by libtorch's BLAS into buffers that are kept: the floor of
/// a step that treats inputs and activations as dense. Eight products for three layers: each layer's forward product and
/// weight gradient, and the input gradient of every layer but the first.
/// </summary>
public sealed class DenseProducts : IDisposable
{
    /// <summary>Allocates operands and results. The operands are random: denormal numbers would slow the products down.</summary>
    /// <param name="shape">The network's shape.</param>
    /// <param name="rows">Examples per batch.</param>
    public DenseProducts(NetworkShape shape, int rows)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        using Generator random = new(1);
        List<DenseProduct> forward = [];
        List<DenseProduct> weightGradients = [];
        List<DenseProduct> inputGradients = [];
        foreach (LayerShape layer in shape.Layers)
        {
            Tensor inputs = randn(rows, layer.FanIn, generator: random);
            Tensor weights = randn(layer.Outputs, layer.FanIn, generator: random);
            Tensor deltas = randn(rows, layer.Outputs, generator: random);
            forward.Add(new DenseProduct(inputs, weights.t(), empty(rows, layer.Outputs)));
            weightGradients.Add(new DenseProduct(deltas.t(), inputs, empty(layer.Outputs, layer.FanIn)));
            if (inputGradients.Count + 1 < forward.Count) inputGradients.Add(new DenseProduct(deltas, weights, empty(rows, layer.FanIn)));
        }

        // Backward goes from the outputs to the inputs.
        weightGradients.Reverse();
        inputGradients.Reverse();
        Products = [.. forward, .. weightGradients, .. inputGradients];
    }

    /// <summary>The products in order.</summary>
    public ImmutableArray<DenseProduct> Products { get; }

    /// <summary>Multiplications and additions of one <see cref="Run"/>.</summary>
    public long Operations => Products.Sum(product => 2 * product.Left.shape[0] * product.Left.shape[1] * product.Right.shape[1]);

    /// <summary>Computes every product once.</summary>
    public void Run()
    {
        // With beta = 0 libtorch does not read what was there.
        foreach (DenseProduct product in Products) product.Result.addmm_(product.Left, product.Right, beta: 0, alpha: 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DenseProduct product in Products)
        {
            product.Left.Dispose();
            product.Right.Dispose();
            product.Result.Dispose();
        }
    }
}
