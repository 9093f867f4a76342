using System.Text.Json;

namespace Lodger.Acceptance.Tests.Examples;

public sealed class CheckpointHelperTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_random_also_inside_saves_a_torch_training_loses_at_most_one_cadence_and_ends_in_the_same_bytes()
    {
        using var program = new HelperProgram();
        int seed = Environment.TickCount & 0xffffff;
        var (exit, output, errors) = await program.RunFileAsync("checkpoint_lives.py", [program.Directory, $"{seed}"], Token);
        exit.ShouldBe(0, $"seed {seed}: {output}{errors}");
        using JsonDocument verdict = JsonDocument.Parse(output);
        verdict.RootElement.GetProperty("same").GetBoolean().ShouldBeTrue($"the weights differ from those of the undisturbed run (seed {seed})");
        verdict.RootElement.GetProperty("kills").GetInt32().ShouldBeGreaterThan(3, $"seed {seed}");
    }

    [Fact]
    public async Task Without_torch_a_state_is_saved_and_set_again_with_its_random_numbers()
    {
        await Passes("""
            import random, sys
            from lodger_checkpoint import Checkpoints
            own = random.Random(5)
            random.seed(1); own.random()
            checkpoints = Checkpoints("c", keep=2)
            assert checkpoints.load_latest({"own": own}) is None
            checkpoints.save({"own": own, "epoch": 3, "best": 0.5}, 7)
            expected = (own.random(), random.random())
            again = random.Random(99)
            saved = Checkpoints("c").load_latest({"own": again})
            assert saved["step"] == 7 and saved["epoch"] == 3 and saved["best"] == 0.5, saved
            assert (again.random(), random.random()) == expected
            assert "torch" not in sys.modules and "numpy" not in sys.modules
            """);
    }

    [Fact]
    public async Task A_damaged_newest_is_passed_over_and_said_and_only_the_newest_are_kept()
    {
        string errors = await Passes("""
            import os
            from lodger_checkpoint import Checkpoints
            checkpoints = Checkpoints("c", keep=3)
            for step in (1, 2, 3, 40, 50):
                checkpoints.save({"weights": list(range(step * 100))}, step)
            names = sorted(os.listdir("c"))
            assert [name[:15] for name in names] == ["step-0000000003", "step-0000000040", "step-0000000050"], names
            with open("c/" + names[2], "r+b") as file:
                file.seek(60); byte = file.read(1); file.seek(60); file.write(bytes([byte[0] ^ 1]))
            with open("c/" + names[1], "r+b") as file:
                file.truncate(100)
            open("c/.step-60-1.tmp", "w").close()
            saved = Checkpoints("c", keep=3).load_latest()
            assert saved["step"] == 3 and saved["weights"] == list(range(300))
            assert not [name for name in os.listdir("c") if name.endswith(".tmp")]
            checkpoints.save({"weights": []}, 4)
            assert [name[:15] for name in sorted(os.listdir("c"))] == ["step-0000000003", "step-0000000004"], "what comes after a resume's step is past"
            """);
        errors.ShouldContain("passing over c/step-0000000050-");
        errors.ShouldContain("passing over c/step-0000000040-");
    }

    [Fact]
    public async Task A_whole_checkpoint_that_does_not_fit_is_an_error_and_no_reason_to_start_over()
    {
        await Passes("""
            from lodger_checkpoint import Checkpoints
            class Model:
                def state_dict(self): return {"a": 1}
                def load_state_dict(self, state): raise RuntimeError("size mismatch")
            Checkpoints("c").save({"model": Model()}, 1)
            for wrong in ({"model": Model()}, {"modell": Model()}):
                try:
                    Checkpoints("c").load_latest(wrong)
                except (RuntimeError, KeyError):
                    continue
                raise AssertionError("it was loaded into %s" % wrong)
            """);
    }

    [Fact]
    public async Task When_the_next_one_is_due_follows_lodgers_file_while_it_runs_and_rounds_down_to_a_step()
    {
        await Passes("""
            import os
            import lodger_checkpoint
            now = [1000.0]
            lodger_checkpoint._clock = lambda: now[0]
            os.environ["LODGER_CADENCE_FILE"] = "cadence"
            os.environ["LODGER_CHECKPOINT_EVERY_SECONDS"] = "100"
            checkpoints = lodger_checkpoint.Checkpoints("c")
            def due_after(first, seconds_a_step):
                step = first
                while True:
                    now[0] += seconds_a_step
                    step += 1
                    if checkpoints.due(step):
                        checkpoints.save({}, step)
                        return step - first
            checkpoints.due(0)
            assert due_after(0, 30) == 3, "three steps of 30 s fit into 100 s, four do not"
            assert not checkpoints.due(3), "it was just saved"
            with open("cadence", "w") as file:
                file.write("61\n")
            assert due_after(3, 30) == 2
            with open("cadence", "w") as file:
                file.write("nonsense")
            assert due_after(5, 30) == 3, "the variable holds when the file cannot be read"
            now[0] += 5000
            assert checkpoints.due(9), "the first step after a long gap"
            del os.environ["LODGER_CADENCE_FILE"], os.environ["LODGER_CHECKPOINT_EVERY_SECONDS"]
            assert lodger_checkpoint.Checkpoints("c").cadence() == 600 and lodger_checkpoint.Checkpoints("c", every=5).cadence() == 5
            """);
    }

    [Fact]
    public async Task What_a_save_took_is_reported_and_a_report_that_fails_harms_nothing()
    {
        await Passes("""
            import os
            from lodger_checkpoint import Checkpoints
            os.environ["LODGER_CHECKPOINT_REPORT"] = "report"
            checkpoints = Checkpoints("c")
            checkpoints.due(1), checkpoints.due(2)
            path = checkpoints.save({"x": 1}, 2)
            said = dict(line.split("=", 1) for line in open("report").read().splitlines())
            assert said["step"] == "2" and said["path"] == path and int(said["bytes"]) == os.path.getsize(path), said
            assert float(said["seconds"]) >= 0 and float(said["step_seconds"]) >= 0
            os.environ["LODGER_CHECKPOINT_REPORT"] = "no/such/directory/report"
            checkpoints.save({"x": 1}, 3)
            """);
    }

    [Fact]
    public async Task A_save_that_fails_leaves_the_one_before_and_no_half_file()
    {
        await Passes("""
            import os
            from lodger_checkpoint import Checkpoints
            checkpoints = Checkpoints("c")
            checkpoints.save({"x": 1}, 1)
            try:
                checkpoints.save({"x": lambda: 0}, 2)
                raise SystemExit("a lambda was pickled")
            except Exception:
                pass
            assert len(os.listdir("c")) == 1 and checkpoints.load_latest()["step"] == 1
            """);
    }

    private static async Task<string> Passes(string script)
    {
        using var program = new HelperProgram();
        var (exit, output, errors) = await program.RunScriptAsync(script, Token);
        exit.ShouldBe(0, output + errors);
        return errors;
    }
}
