using SupSup.Core.Networks;
using SupSup.Core.Teams;

namespace SupSup.Core.Convolutions;

/// <summary>The largest value of each window; of equal ones the first takes the gradient.</summary>
internal sealed unsafe class Pooling(PlaneValue input, PlaneValue output, PlanStep.MaxPool step) : PlaneOperation(input, output)
{
    public override void Forward(PlaneBatch batch, ITeam team) => team.Run(batch.Blocks, block =>
    {
        (Planes from, Planes to) = (Input.Data, Output.Data);
        for (int channel = 0; channel < to.Shape.Channels; channel++)
        {
            float* source = from.At(block, channel), target = to.At(block, channel);
            for (int row = 0; row < to.Shape.Rows; row++)
                for (int column = 0; column < to.Shape.Columns; column++)
                    for (int lane = 0; lane < Planes.Lanes; lane++)
                        target[(row * to.Row) + (column * Planes.Lanes) + lane] = source[Largest(source, from, row, column, lane)];
        }
    });

    public override void Backward(PlaneBatch batch, ITeam team) => team.Run(batch.Blocks, block =>
    {
        (Planes from, Planes above, Planes to) = (Input.Data, Output.Gradient!, Input.Gradient!);
        for (int channel = 0; channel < above.Shape.Channels; channel++)
        {
            float* source = from.At(block, channel), gradient = above.At(block, channel), target = to.At(block, channel);
            for (int row = 0; row < to.Shape.Rows && !AddsGradient; row++)
                new Span<float>(target + (row * to.Row), to.Shape.Columns * Planes.Lanes).Clear();
            for (int row = 0; row < above.Shape.Rows; row++)
            {
                for (int column = 0; column < above.Shape.Columns; column++)
                {
                    for (int lane = 0; lane < Planes.Lanes; lane++)
                    {
                        int at = Largest(source, from, row, column, lane);
                        (int down, int right) = Math.DivRem(at, from.Row);
                        target[(down * to.Row) + right] += gradient[(row * above.Row) + (column * Planes.Lanes) + lane];
                    }
                }
            }
        }
    });

    private int Largest(float* source, Planes from, int row, int column, int lane)
    {
        (int top, int left) = ((row * step.Stride) - step.Padding, (column * step.Stride) - step.Padding);
        int largest = -1;
        for (int y = Math.Max(0, top); y < Math.Min(from.Shape.Rows, top + step.Window); y++)
        {
            for (int x = Math.Max(0, left); x < Math.Min(from.Shape.Columns, left + step.Window); x++)
            {
                int at = (y * from.Row) + (x * Planes.Lanes) + lane;
                if (largest < 0 || source[at] > source[largest]) largest = at;
            }
        }

        return largest;
    }
}
