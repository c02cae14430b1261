using ScottPlot;
using SupSup.Experiments.Evaluation;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>A figure of a run. A new one is a new class and an entry in <see cref="RunFigures"/>.</summary>
internal interface IRunFigure
{
    /// <summary>Name of its files, without extension.</summary>
    string Name { get; }

    /// <summary>Whether the run has what the figure shows.</summary>
    bool Applies(ExperimentResult result);

    /// <summary>Draws it. Solid lines only: the SVG writer cannot dash.</summary>
    Plot Draw(ExperimentResult result);
}
