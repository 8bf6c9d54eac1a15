using Spectre.Console;

namespace MiniTorch.Examples;

/// <summary>A progress bar on a terminal, a plain line now and then elsewhere.</summary>
internal static class Progress
{
    /// <summary>Runs the epochs 1 … n; each returns a line about itself.</summary>
    internal static void Over(int epochs, Func<int, string> run)
    {
        if (!AnsiConsole.Profile.Out.IsTerminal)
        {
            for (int epoch = 1; epoch <= epochs; epoch++)
            {
                string line = run(epoch);
                if (epoch % 5 == 0 || epoch is 1 || epoch == epochs) Console.WriteLine($"epoch {epoch,3}  {line}");
            }
            return;
        }

        string last = "";
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask("training", maxValue: epochs);
                for (int epoch = 1; epoch <= epochs; epoch++)
                {
                    last = run(epoch);
                    task.Description = $"epoch {epoch}/{epochs}  {last}";
                    task.Increment(1);
                }
            });
        Console.WriteLine($"epoch {epochs,3}  {last}");
    }
}
