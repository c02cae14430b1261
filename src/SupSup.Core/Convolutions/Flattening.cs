using SupSup.Core.Teams;

namespace SupSup.Core.Convolutions;

/// <summary>Pixels of all planes become planes of one pixel.</summary>
internal sealed unsafe class Flattening(PlaneValue input, PlaneValue output) : PlaneOperation(input, output)
{
    public override void Forward(PlaneBatch batch, ITeam team) => team.Run(batch.Blocks, block =>
    {
        (Planes from, Planes to) = (Input.Data, Output.Data);
        for (int n = 0; n < to.Shape.Channels; n++)
            new Span<float>(Pixel(from, block, n), Planes.Lanes).CopyTo(new Span<float>(to.At(block, n), Planes.Lanes));
    });

    public override void Backward(PlaneBatch batch, ITeam team) => team.Run(batch.Blocks, block =>
    {
        (Planes above, Planes to) = (Output.Gradient!, Input.Gradient!);
        for (int n = 0; n < above.Shape.Channels; n++)
        {
            float* from = above.At(block, n), target = Pixel(to, block, n);
            for (int lane = 0; lane < Planes.Lanes; lane++) target[lane] = (AddsGradient ? target[lane] : 0) + from[lane];
        }
    });

    private static float* Pixel(Planes planes, int block, int n)
    {
        (int channel, int pixel) = Math.DivRem(n, planes.Shape.Area);
        (int row, int column) = Math.DivRem(pixel, planes.Shape.Columns);
        return planes.At(block, channel) + ((nint)row * planes.Row) + (column * Planes.Lanes);
    }
}
