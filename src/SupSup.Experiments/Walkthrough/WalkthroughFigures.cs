using System.Collections.Immutable;
using System.Globalization;
using ScottPlot;
using ScottPlot.Panels;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SupSup.Experiments.Reports.Figures;

namespace SupSup.Experiments.Walkthrough;

/// <summary>The figures of docs/method.md: training a mask, superposition, one gradient.</summary>
public static class WalkthroughFigures
{
    private const int Width = 1100;

    // What the title of a picture takes above it, and a colour bar beside it.
    private const int PictureTitle = 35;
    private const int BarWidth = 100;

    // Okabe and Ito's colours, which differ for those who see no red or no green.
    private static readonly Color Blue = Color.FromHex("#0072B2");
    private static readonly Color Orange = Color.FromHex("#D55E00");
    private static readonly Color Green = Color.FromHex("#009E73");
    private static readonly Color Grey = Color.FromHex("#8c8c8c");

    /// <summary>Draws all three, each as PNG and as SVG.</summary>
    /// <param name="record">What was found.</param>
    /// <param name="folder">Where they go.</param>
    /// <returns>The PNG files.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(WalkthroughRecord record, string folder)
    {
        ArgumentNullException.ThrowIfNull(record);
        (string Name, Func<WalkthroughRecord, PlotSheet> Draw)[] figures =
            [("method-training", Training), ("method-superposition", Superposition), ("method-gradient", Gradient)];
        foreach ((string name, Func<WalkthroughRecord, PlotSheet> draw) in figures)
        {
            using PlotSheet sheet = draw(record);
            sheet.Save(Path.Combine(folder, name));
        }

        return [.. figures.Select(figure => Path.Combine(folder, $"{figure.Name}.png"))];
    }

    // Above, curves over the batches: loss, accuracy, changed bits. Below, where in the picture the changed bits are, at four moments.
    private static PlotSheet Training(WalkthroughRecord record)
    {
        PlotSheet sheet = new(Width, 640);
        double[] seen = [.. record.Moments.Select(moment => (double)moment.Batches)];

        Plot loss = Curves("Loss of each batch", "cross-entropy in nats");
        Line(loss, [.. record.Losses.Select((_, batch) => (double)batch)], [.. record.Losses], Blue, 1.5f);
        loss.Axes.SetLimitsY(0, record.Losses.Max() * 1.05);
        sheet.Add(loss, 0, 0, 366, 330);

        Plot accuracy = Curves("Accuracy on test images", "share classified right");
        Line(accuracy, seen, [.. record.Moments.Select(moment => moment.Accuracy)], Blue, 2.5f);
        Plots.SetShares(accuracy, 0, 1);
        sheet.Add(accuracy, 366, 0, 366, 330);

        Plot changed = Curves("Bits of the mask that changed", "share of a layer's bits");
        Color[] colors = [Blue, Orange, Green];
        for (int layer = 0; layer < record.Moments[0].Changed.Length; layer++)
            Line(changed, seen, [.. record.Moments.Select(moment => moment.Changed[layer])], colors[layer % colors.Length], 2.5f)
                .LegendText = $"layer {layer + 1}";
        changed.Axes.SetLimitsY(0, record.Moments.Max(moment => moment.Changed.Max()) * 1.4);
        changed.ShowLegend(Alignment.UpperLeft, Orientation.Horizontal);
        sheet.Add(changed, 732, 0, 368, 330);

        MaskMoment[] shown = [.. new[] { 30, 10, 3, 1 }.Select(part =>
            record.Moments.MinBy(moment => Math.Abs(moment.Batches - (record.Losses.Length / part)))!).Distinct()];
        double most = shown.Max(moment => moment.ChangedOfPixels.Max());
        for (int n = 0; n < shown.Length; n++)
        {
            int bar = n == shown.Length - 1 ? BarWidth : 0;
            Plot map = Picture(
                $"changed after {shown[n].Batches} batches", shown[n].ChangedOfPixels, record, 0, most, out Heatmap cells, bar);
            if (bar > 0) AddBar(map, cells, "share of a pixel's weights").Axis.TickGenerator = Plots.ShareTicks(most);
            sheet.Add(map, 5 + (n * 250), 350, 245 + bar, 240 + PictureTitle);
        }

        return sheet;

        Plot Curves(string title, string unit)
        {
            Plot plot = Plots.New();
            plot.Title(title, 15);
            plot.XLabel("batches", 13);
            plot.YLabel(unit, 13);
            plot.Axes.SetLimitsX(0, record.Losses.Length);
            plot.Axes.Left.MinimumSize = 65;
            return plot;
        }
    }

    // Above, one unit's bits in the masks of some tasks and in the superposition. Below, what the network says of one picture.
    private static PlotSheet Superposition(WalkthroughRecord record)
    {
        PlotSheet sheet = new(Width, 660);
        int tasks = record.UnitMasks.Length;
        int[] shown = [.. new[] { 0, 1, 2, tasks - 1 }.Distinct().Where(task => task < tasks)];
        foreach (int task in shown)
        {
            Plot mask = Picture(
                $"mask of task {task}", [.. record.UnitMasks[task].Select(bit => bit ? 1.0 : 0)], record, 0, 1, out Heatmap cells);
            cells.Colormap = new ScottPlot.Colormaps.Grayscale().Reversed();
            sheet.Add(mask, 5 + (Array.IndexOf(shown, task) * 200), 5, 195, 190 + PictureTitle);
        }

        double[] sum = [.. Enumerable.Range(0, record.Shape.Plane)
            .Select(pixel => record.UnitMasks.Average(mask => mask[pixel] ? 1.0 : 0))];
        Plot superposition = Picture(
            $"all {tasks} superimposed", [.. sum], record, 0, 1, out Heatmap map, BarWidth);
        map.Colormap = new ScottPlot.Colormaps.Grayscale().Reversed();
        AddBar(superposition, map, "Σ α M").Axis.TickGenerator = Plots.ShareTicks(1);
        sheet.Add(superposition, 5 + (shown.Length * 200), 5, 195 + BarWidth, 190 + PictureTitle);

        int right = record.Settings.ShownTask;
        int wrong = (right + 1) % tasks;
        sheet.Add(Distribution($"all masks at once, α = 1/{tasks}", record.Superimposed, Grey), 0, 250, 366, 400);
        sheet.Add(Distribution($"the right mask alone (task {right})", record.Alone[right], Orange), 366, 250, 366, 400);
        sheet.Add(Distribution($"a wrong mask alone (task {wrong})", record.Alone[wrong], Blue), 732, 250, 368, 400);
        return sheet;

        Plot Distribution(string title, ImmutableArray<double> probabilities, Color color)
        {
            Plot plot = Plots.New();
            plot.Title(string.Create(
                CultureInfo.InvariantCulture, $"{title}\nH = {WalkthroughRecord.Entropy(probabilities):F2} nats"), 15);
            double[] heights = [.. probabilities.Take(record.Classes), probabilities.Skip(record.Classes).Sum()];
            double[] places = [.. Enumerable.Range(0, record.Classes).Select(n => (double)n), record.Classes + 0.7];
            BarPlot bars = plot.Add.Bars(places, heights);
            foreach (Bar bar in bars.Bars) (bar.FillColor, bar.LineWidth) = (color, 0);
            bars.Bars.Last().FillColor = Color.FromHex("#cccccc");
            string superfluous = $"the {probabilities.Length - record.Classes}\nothers";
            plot.Axes.Bottom.TickGenerator = new NumericManual(
                places, [.. places.SkipLast(1).Select(label => label.ToString(CultureInfo.InvariantCulture)), superfluous]);
            plot.XLabel($"output (the picture is a {record.Label})", 13);
            plot.YLabel("probability", 13);
            plot.Axes.SetLimits(-0.8, record.Classes + 1.5, 0, 1.05);
            return plot;
        }
    }

    // The picture and what the network sees of it; the gradient by each coefficient; the same for pictures of all tasks.
    private static PlotSheet Gradient(WalkthroughRecord record)
    {
        PlotSheet sheet = new(Width, 520);
        int tasks = record.Descent.Length;
        int right = record.Settings.ShownTask;
        foreach ((string title, ImmutableArray<double> levels, int top) in new[]
        {
            ("the picture", record.Picture, 5), ($"as task {right} orders it", record.Seen, 260),
        })
        {
            Plot picture = Picture(title, levels, record, 0, 1, out Heatmap cells);
            cells.Colormap = new ScottPlot.Colormaps.Grayscale();
            sheet.Add(picture, 5, top, 210, 205 + PictureTitle);
        }

        Plot descent = Plots.New();
        descent.Title($"This picture: one gradient, {tasks} numbers", 15);
        BarPlot bars = descent.Add.Bars(record.Descent.ToArray());
        foreach ((Bar bar, int task) in bars.Bars.Select((bar, task) => (bar, task)))
            (bar.FillColor, bar.LineWidth) = (task == right ? Orange : Blue, 0);
        double lowest = Math.Min(0, record.Descent.Min()), highest = record.Descent.Max();
        descent.Axes.SetLimits(-0.8, tasks - 0.2, lowest - (0.05 * (highest - lowest)), highest + (0.15 * (highest - lowest)));
        descent.Axes.Bottom.TickGenerator = Numbered(tasks);
        descent.XLabel("mask i", 13);
        descent.YLabel("−∂H/∂α_i", 13);
        Text label = descent.Add.Text($"its own task, {right}", right, record.Descent[right]);
        (label.LabelFontColor, label.LabelFontSize, label.LabelBold, label.OffsetY) = (Orange, 13, true, -4);
        label.LabelAlignment = Alignment.LowerCenter;
        sheet.Add(descent, 225, 0, 425, 510);

        Plot all = Plots.New();
        int pictures = tasks * record.Settings.Queries;
        all.Title($"{pictures} pictures, of each task {record.Settings.Queries}:\nof {record.Found} their own mask is first", 15);
        double[,] cellsOfAll = new double[tasks, tasks];
        for (int task = 0; task < tasks; task++)
            for (int mask = 0; mask < tasks; mask++) cellsOfAll[tasks - 1 - task, mask] = record.MeanDescents[task][mask];
        all.HideGrid();
        Heatmap map = Plots.AddMap(all, cellsOfAll);
        AddBar(all, map, "−∂H/∂α_i, in deviations over the masks").Axis.TickGenerator = new NumericAutomatic { MinimumTickSpacing = 40 };
        all.XLabel("mask i", 13);
        all.YLabel("task of the picture", 13);
        foreach (IAxis axis in new IAxis[] { all.Axes.Bottom, all.Axes.Left })
            axis.TickGenerator = Numbered(tasks);
        sheet.Add(all, 655, 0, 440, 510);
        return sheet;
    }

    private static Plot Picture(
        string title, ImmutableArray<double> pixels, WalkthroughRecord record, double lowest, double highest, out Heatmap map,
        int right = 0)
    {
        double[,] cells = new double[record.Shape.Rows, record.Shape.Columns];
        for (int n = 0; n < pixels.Length; n++) cells[n / record.Shape.Columns, n % record.Shape.Columns] = pixels[n];
        Plot plot = Plots.New();
        plot.Title(title, 14);
        plot.HideGrid();
        plot.Layout.Fixed(new PixelPadding(5, 5 + right, 5, PictureTitle));
        map = Plots.AddMap(plot, cells);
        map.ManualRange = new ScottPlot.Range(lowest, highest);
        foreach (IAxis axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left }) axis.TickGenerator = new EmptyTickGenerator();
        return plot;
    }

    private static NumericManual Numbered(int count) => new(
        [.. Enumerable.Range(0, count).Select(n => (double)n)],
        [.. Enumerable.Range(0, count).Select(n => n % ((count + 19) / 20) == 0 ? n.ToString(CultureInfo.InvariantCulture) : "")]);

    private static ColorBar AddBar(Plot plot, Heatmap map, string label)
    {
        ColorBar bar = plot.Add.ColorBar(map);
        bar.Label = label;
        (bar.LabelStyle.Bold, bar.LabelStyle.FontSize) = (false, 13);
        return bar;
    }

    private static Scatter Line(Plot plot, double[] x, double[] y, Color color, float width)
    {
        Scatter line = plot.Add.ScatterLine(x, y, color);
        line.LineWidth = width;
        return line;
    }
}
