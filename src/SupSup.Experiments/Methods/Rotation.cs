using System.Numerics.Tensors;
using SupSup.Core.Random;
using SupSup.Core.Kernels;

namespace SupSup.Experiments.Methods;

/// <summary>
/// Random rotations: orthogonal matrices drawn uniformly (by Haar's measure, as scipy's ortho_group draws them), either
/// determinant. By the subgroup algorithm of Diaconis and Shahshahani 1987 in Stewart's form (1980): a uniform matrix of
/// n - 1 dimensions, bordered, times the Householder reflection that takes the first axis to a uniform direction.
/// </summary>
internal static class Rotation
{
    /// <summary>Draws the rotation of one layer of one task.</summary>
    /// <param name="taskSeed">The task's seed.</param>
    /// <param name="layer">Layer index.</param>
    /// <param name="size">Dimensions n.</param>
    /// <returns>[n, width]: rows up to a multiple of 16, zero beyond n.</returns>
    public static AlignedFloats Draw(ulong taskSeed, int layer, int size)
    {
        int width = AlignedFloats.Width(size);
        AlignedFloats matrix = new(size * width);
        NormalStream normal = new(taskSeed, StreamPurpose.Rotation, layer);
        Span<float> values = matrix.Span;
        float[] direction = new float[size];
        for (int first = size - 1; first >= 0; first--)
        {
            Span<float> axis = direction.AsSpan(first);
            double squares = 0;
            foreach (ref float value in axis)
            {
                value = (float)normal.Next();
                squares += (double)value * value;
            }

            // The reflection along u = x + sign(x₁) |x| e₁ takes e₁ to -sign(x₁) x / |x|; the border undoes the sign.
            double length = Math.Sqrt(squares);
            float sign = axis[0] < 0 ? -1 : 1;
            double norm = 2 * (squares + (Math.Abs(axis[0]) * length));
            axis[0] += (float)(sign * length);
            TensorPrimitives.Multiply(axis, (float)Math.Sqrt(2 / norm), axis);
            values[(first * width) + first] = -sign;
            for (int row = first; row < size; row++)
            {
                Span<float> target = values.Slice((row * width) + first, size - first);
                TensorPrimitives.MultiplyAdd(axis, -TensorPrimitives.Dot<float>(target, axis), target, target);
            }
        }

        return matrix;
    }
}
