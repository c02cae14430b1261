using TorchSharp;

namespace SupSup.Core.Training;

/// <summary>A float matrix that libtorch multiplies and managed loops read and write in place, without copies.</summary>
internal sealed unsafe class TensorBuffer : IDisposable
{
    private readonly float* _data;
    private readonly int _length;

    /// <summary>Allocates zeros.</summary>
    public TensorBuffer(int rows, int columns)
    {
        Tensor = torch.zeros(rows, columns, torch.float32);
        _length = checked(rows * columns);

        // CPU tensors keep their storage for life, so the address can be kept beside the tensor that owns it.
        fixed (byte* start = Tensor.bytes) _data = (float*)start;
    }

    /// <summary>The matrix [rows, columns].</summary>
    public torch.Tensor Tensor { get; }

    /// <summary>The same memory, row-major.</summary>
    public Span<float> Span => new(_data, _length);

    /// <summary>Writes left · right into this buffer. With beta = 0 libtorch does not read what was there.</summary>
    public void SetProduct(torch.Tensor left, torch.Tensor right) => Tensor.addmm_(left, right, beta: 0, alpha: 1);

    /// <inheritdoc/>
    public void Dispose() => Tensor.Dispose();
}
