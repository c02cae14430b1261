using SupSup.Core.Teams;

namespace SupSup.Core.Convolutions;

/// <summary>The mean of each plane.</summary>
internal sealed unsafe class Averaging(PlaneValue input, PlaneValue output) : PlaneOperation(input, output)
{
    public override void Forward(PlaneBatch batch, ITeam team) => team.Run(batch.Blocks, block =>
    {
        Planes from = Input.Data;
        float share = 1f / from.Shape.Area;
        Span<float> sum = stackalloc float[Planes.Lanes];
        for (int channel = 0; channel < from.Shape.Channels; channel++)
        {
            sum.Clear();
            float* pixel = from.At(block, channel), target = Output.Data.At(block, channel);
            for (int row = 0; row < from.Shape.Rows; row++)
                for (int n = 0; n < from.Run.Floats; n++) sum[n % Planes.Lanes] += pixel[(row * from.Row) + n];
            for (int lane = 0; lane < Planes.Lanes; lane++) target[lane] = sum[lane] * share;
        }
    });

    public override void Backward(PlaneBatch batch, ITeam team) => team.Run(batch.Blocks, block =>
    {
        Planes to = Input.Gradient!;
        float share = 1f / to.Shape.Area;
        for (int channel = 0; channel < to.Shape.Channels; channel++)
        {
            float* gradient = Output.Gradient!.At(block, channel), target = to.At(block, channel);
            for (int row = 0; row < to.Shape.Rows; row++)
            {
                for (int n = 0; n < to.Run.Floats; n++)
                {
                    float* one = target + (row * to.Row) + n;
                    *one = (AddsGradient ? *one : 0) + (gradient[n % Planes.Lanes] * share);
                }
            }
        }
    });
}
