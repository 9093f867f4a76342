using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Money;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests;

public sealed class TransferTextTests
{
    [Fact]
    public void A_running_transfer_says_how_much_how_fast_how_long_and_for_how_much() =>
        Said(new TransferProgress(1_200_000_000, 5_000_000_000, 36e6), 0.02m).ShouldMatch(@"^pulling results 1\.2 GB of 5 GB  \[=+> *\] 24 %  36 MB/s  eta 1:46  \$0\.024 of \$0\.10$");

    [Fact]
    public void What_is_not_known_is_left_out()
    {
        Said(new TransferProgress(1_200_000_000, null, 36e6), 0.02m).ShouldBe("pulling results 1.2 GB  36 MB/s");
        Said(default, null).ShouldBe("pulling results 0 B");
        Said(new TransferProgress(5, 10, 0), null).ShouldEndWith("50 %");
    }

    private static string Said(TransferProgress progress, decimal? price) => Markup.Remove(JobText.Work(new WorkView("pulling results", progress, TransferForecast.Of(progress, price))));
}
